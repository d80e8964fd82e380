import CDRM
import CLinux
import HAL

/// How a board file names its display: a card and, where it has several, a connector.
///
/// - `/dev/dri/card0` or any link to it, such as `/dev/dri/by-path/platform-…-card`
/// - `drm:vc4`: the first card with that kernel driver, whatever its number is today
/// - either with `#DSI-1`: that connector; without it the first one with something connected
public struct DisplayName: Sendable, Hashable {
  public enum Card: Sendable, Hashable {
    case path(String)
    case driver(String)
  }

  public var card: Card
  public var connector: String?

  /// nil when the text is none of the forms.
  public init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "#"), maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, !first.isEmpty else { return nil }
    if parts.count == 2 {
      guard !parts[1].isEmpty else { return nil }
      connector = String(decoding: parts[1], as: UTF8.self)
    }
    let prefix: StaticString = "drm:"
    if first.starts(with: prefix.withUTF8Buffer { [UInt8]($0) }) {
      guard first.count > 4 else { return nil }
      card = .driver(String(decoding: first.dropFirst(4), as: UTF8.self))
    } else if first.first == UInt8(ascii: "/") {
      card = .path(String(decoding: first, as: UTF8.self))
    } else {
      return nil
    }
  }

  /// Numbers of cards that are looked at: the kernel gives 0…63 to cards that can set modes.
  private static let mostCards = 64

  /// The device nodes of the cards that there are, by number.
  public static func cards() -> [String] {
    var found: [String] = []
    for number in 0..<mostCards {
      let path = "/dev/dri/card" + number.description
      if path.withCString({ sotto_is_directory($0) }) >= 0 { found.append(path) }
    }
    return found
  }

  /// Opens the card. With `atomic` false it is driven by the older calls. The caller closes it.
  func open(atomic: Bool) throws(DeviceError) -> OpaquePointer {
    switch card {
    case .path(let path): return try Self.open(path, atomic: atomic)
    case .driver(let name):
      var refusal = DeviceError(.display, "find card", .absent)
      for path in Self.cards() {
        do throws(DeviceError) {
          let card = try Self.open(path, atomic: atomic)
          if String(cString: sotto_drm_driver(card)).utf8.elementsEqual(name.utf8) { return card }
          sotto_drm_close(card)
        } catch {
          // A card that may not be opened could be the one; one that is no display cannot.
          if error.cause == .forbidden { refusal = error }
        }
      }
      throw refusal
    }
  }

  private static func open(_ path: String, atomic: Bool) throws(DeviceError) -> OpaquePointer {
    var card: OpaquePointer?
    let result = path.withCString { sotto_drm_open($0, atomic, &card) }
    guard result >= 0, let card else { throw DeviceError(system: .display, "open card", result) }
    return card
  }
}
