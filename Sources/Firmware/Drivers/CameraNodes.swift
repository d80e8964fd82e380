import CV4L2
import HAL

/// One video device of the kernel.
public struct CameraNode: Sendable {
  /// `/dev/video0`: changes with the order of discovery.
  public var path: String
  /// Names that stay: of udev's `/dev/v4l/by-id` and `by-path`, empty where it made none.
  public var byID: String
  public var byPath: String
  /// What the hardware calls itself, and where it is connected.
  public var card: String
  public var bus: String
  public var driver: String
  /// It captures video and streams: metadata nodes, decoders and outputs do not.
  public var captures: Bool
  /// Why it could not be looked at.
  public var failure: DeviceError?

  /// Whether `name` means this node.
  func isNamed(_ name: String) -> Bool {
    !name.utf8.isEmpty && (name == path || name == byID || name == byPath || name == card || name == bus)
  }
}

/// The video devices that are there now.
public enum CameraNodes {
  public static func list() throws(DeviceError) -> [CameraNode] {
    var nodes: OpaquePointer?
    let count = sotto_v4l2_list(&nodes)
    guard count >= 0, let nodes else { throw DeviceError(system: .camera, "list", count) }
    defer { sotto_v4l2_list_free(nodes) }
    var result: [CameraNode] = []
    for index in 0..<count {
      func text(_ which: sotto_v4l2_text) -> String {
        String(cString: sotto_v4l2_node_text(nodes, index, Int32(which.rawValue)))
      }
      let captures = sotto_v4l2_node_captures(nodes, index)
      result.append(
        CameraNode(
          path: text(SOTTO_V4L2_PATH), byID: text(SOTTO_V4L2_BY_ID), byPath: text(SOTTO_V4L2_BY_PATH),
          card: text(SOTTO_V4L2_CARD), bus: text(SOTTO_V4L2_BUS), driver: text(SOTTO_V4L2_DRIVER), captures: captures == 1,
          failure: captures < 0 ? DeviceError(system: .camera, "query", captures) : nil))
    }
    return result
  }

  /// The path that a board's name for its camera leads to now: a path itself, or a name that stays with the hardware (by-id,
  /// by-path, card, bus). Several nodes of one camera carry the same names: the first that captures is the one.
  public static func path(of name: String) throws(DeviceError) -> String {
    if name.utf8.first == UInt8(ascii: "/") { return name }
    return try path(of: name, among: list())
  }

  /// The same among nodes that are known.
  public static func path(of name: String, among nodes: [CameraNode]) throws(DeviceError) -> String {
    for node in nodes where node.captures && node.isNamed(name) { return node.path }
    throw DeviceError(.camera, "find", .absent)
  }
}
