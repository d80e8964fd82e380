import HAL

/// What the board wants of a card.
public struct DisplayWish: Sendable, Hashable {
  /// The size of the picture as the wearer sees it.
  public var width: Int
  public var height: Int
  /// How it is turned before the panel shows it.
  public var turn: Turn
  /// The connector's name, such as `DSI-1`; nil takes the first one with something connected.
  public var connector: String?

  public init(width: Int, height: Int, turn: Turn = .none, connector: String? = nil) {
    self.width = width
    self.height = height
    self.turn = turn
    self.connector = connector
  }
}

/// Why a card cannot show what the board wants.
public enum DisplayObjection: Error, Sendable, Hashable {
  /// The card has no buffers that the processor can draw into.
  case noDumbBuffers
  /// There is no connector of that name.
  case noSuchConnector
  /// Nothing is connected.
  case nothingConnected
  /// Each mode is smaller than the picture; the largest is this one.
  case tooSmall(width: Int, height: Int)
  /// No controller and plane can bring a picture of a known format to the connector.
  case noWay

  public var error: DeviceError {
    switch self {
    case .noDumbBuffers: DeviceError(.display, "find buffers", .unsupported)
    case .noSuchConnector: DeviceError(.display, "find connector", .absent)
    case .nothingConnected: DeviceError(.display, "find panel", .removed)
    case .tooSmall: DeviceError(.display, "choose mode", .unsupported)
    case .noWay: DeviceError(.display, "choose plane", .unsupported)
    }
  }
}

/// The way of the picture through a card: indices into the lists of a `DisplayCard`, and what the processor must do to each pixel.
public struct DisplayPlan: Sendable, Hashable {
  public var connector: Int
  public var mode: Int
  public var controller: Int
  public var plane: Int
  public var format: PanelFormat
  /// Turned by the hardware.
  public var hardwareTurn: Turn
  /// Turned by the processor while it copies.
  public var softwareTurn: Turn
  /// Size of the buffers.
  public var bufferWidth: Int
  public var bufferHeight: Int

  /// Chooses.
  ///
  /// - The smallest mode that holds the turned picture: fewer dots a second draw less power. Of modes of one size the panel's own,
  ///   then the slowest of at least 30 pictures a second, then the fastest. Interlaced modes are left out.
  /// - The primary plane before an overlay; a cursor plane never. XRGB8888 before RGB565, because the picture has that form.
  /// - The hardware turns the picture when its plane can and the card commits atomically, else the processor does.
  public static func choose(_ wish: DisplayWish, on card: DisplayCard) throws(DisplayObjection) -> DisplayPlan {
    guard card.hasDumbBuffers else { throw .noDumbBuffers }
    let connector = try connector(wish, on: card)
    let mode = try mode(wish, among: card.connectors[connector].modes)
    guard let way = way(to: card.connectors[connector], on: card) else { throw .noWay }
    let plane = card.planes[way.plane]
    let inHardware = card.isAtomic && wish.turn != .none && plane.turns.contains(wish.turn)
    let chosen = card.connectors[connector].modes[mode]
    let swaps = inHardware && wish.turn.swapsSides
    return DisplayPlan(
      connector: connector, mode: mode, controller: way.controller, plane: way.plane,
      format: plane.formats.contains(PanelFormat.xrgb8888.rawValue) ? .xrgb8888 : .rgb565,
      hardwareTurn: inHardware ? wish.turn : .none, softwareTurn: inHardware ? .none : wish.turn,
      bufferWidth: swaps ? chosen.height : chosen.width, bufferHeight: swaps ? chosen.width : chosen.height)
  }

  /// The same way with the processor turning the picture: for a plane that offers a turn and then refuses it.
  public func turningInSoftware() -> DisplayPlan {
    var plan = self
    if hardwareTurn.swapsSides { swap(&plan.bufferWidth, &plan.bufferHeight) }
    plan.softwareTurn = hardwareTurn
    plan.hardwareTurn = .none
    return plan
  }

  private static func connector(_ wish: DisplayWish, on card: DisplayCard) throws(DisplayObjection) -> Int {
    if let name = wish.connector {
      for index in card.connectors.indices where card.connectors[index].name.utf8.elementsEqual(name.utf8) {
        guard card.connectors[index].isConnected else { throw .nothingConnected }
        return index
      }
      throw .noSuchConnector
    }
    for index in card.connectors.indices where card.connectors[index].isConnected && !card.connectors[index].modes.isEmpty {
      return index
    }
    throw .nothingConnected
  }

  private static func mode(_ wish: DisplayWish, among modes: [DisplayCard.Mode]) throws(DisplayObjection) -> Int {
    let width = wish.turn.swapsSides ? wish.height : wish.width
    let height = wish.turn.swapsSides ? wish.width : wish.height
    var best: Int?
    var largest: DisplayCard.Mode?
    for index in modes.indices where !modes[index].isInterlaced {
      let mode = modes[index]
      if mode.width * mode.height > (largest.map { $0.width * $0.height } ?? 0) { largest = mode }
      guard mode.width >= width, mode.height >= height else { continue }
      if let found = best, !isBetter(mode, than: modes[found]) { continue }
      best = index
    }
    guard let best else { throw .tooSmall(width: largest?.width ?? 0, height: largest?.height ?? 0) }
    return best
  }

  private static func isBetter(_ a: DisplayCard.Mode, than b: DisplayCard.Mode) -> Bool {
    let areas = (a.width * a.height, b.width * b.height)
    if areas.0 != areas.1 { return areas.0 < areas.1 }
    if a.isPreferred != b.isPreferred { return a.isPreferred }
    let smooth = (a.millihertz >= smoothMillihertz, b.millihertz >= smoothMillihertz)
    if smooth.0 != smooth.1 { return smooth.0 }
    return smooth.0 ? a.millihertz < b.millihertz : a.millihertz > b.millihertz
  }

  /// Below this a change of a card is seen to lag.
  private static let smoothMillihertz = 30_000

  private static func way(to connector: DisplayCard.Connector, on card: DisplayCard) -> (controller: Int, plane: Int)? {
    for kind in [DisplayCard.Plane.Kind.primary, .overlay] {
      for controller in 0..<min(card.controllers, 32) where connector.controllers & (1 << UInt32(controller)) != 0 {
        for index in card.planes.indices {
          let plane = card.planes[index]
          guard plane.kind == kind, plane.controllers & (1 << UInt32(controller)) != 0,
            plane.formats.contains(PanelFormat.xrgb8888.rawValue) || plane.formats.contains(PanelFormat.rgb565.rawValue)
          else { continue }
          return (controller, index)
        }
      }
    }
    return nil
  }
}
