import Drivers
import HAL
import Testing

@Suite("The way of a picture through a display card")
struct DisplayPlanTests {
  static let xr24 = PanelFormat.xrgb8888.rawValue
  static let rg16 = PanelFormat.rgb565.rawValue

  /// A card with one connector, one controller and one primary plane.
  static func card(
    modes: [DisplayCard.Mode], formats: [UInt32] = [xr24], turns: [Turn] = [.none], isAtomic: Bool = true
  ) -> DisplayCard {
    DisplayCard(
      driver: "test", isAtomic: isAtomic,
      connectors: [
        DisplayCard.Connector(identifier: 31, name: "DSI-1", isConnected: true, controllers: 1, modes: modes)
      ],
      controllers: 1, planes: [DisplayCard.Plane(kind: .primary, controllers: 1, formats: formats, turns: turns)])
  }

  static func mode(_ width: Int, _ height: Int, _ hertz: Int = 60, preferred: Bool = false) -> DisplayCard.Mode {
    DisplayCard.Mode(width: width, height: height, millihertz: hertz * 1000, isPreferred: preferred)
  }

  @Test("the smallest mode that holds the picture wins, whatever the panel prefers")
  func smallest() throws {
    let card = Self.card(modes: [Self.mode(1920, 1080, preferred: true), Self.mode(800, 600), Self.mode(640, 480)])
    #expect(try DisplayPlan.choose(DisplayWish(width: 640, height: 400), on: card).mode == 2)
    #expect(try DisplayPlan.choose(DisplayWish(width: 641, height: 400), on: card).mode == 1)
    #expect(try DisplayPlan.choose(DisplayWish(width: 1920, height: 1080), on: card).mode == 0)
  }

  @Test("of one size: the panel's own, then the slowest that does not lag, then the fastest")
  func rates() throws {
    let wish = DisplayWish(width: 640, height: 480)
    let own = Self.card(modes: [Self.mode(640, 480, 75), Self.mode(640, 480, 60, preferred: true), Self.mode(640, 480, 30)])
    #expect(try DisplayPlan.choose(wish, on: own).mode == 1)
    let slow = Self.card(modes: [Self.mode(640, 480, 75), Self.mode(640, 480, 24), Self.mode(640, 480, 30)])
    #expect(try DisplayPlan.choose(wish, on: slow).mode == 2)
    let slower = Self.card(modes: [Self.mode(640, 480, 10), Self.mode(640, 480, 24)])
    #expect(try DisplayPlan.choose(wish, on: slower).mode == 1)
  }

  @Test("interlaced modes are not used")
  func interlaced() throws {
    let comb = DisplayCard.Mode(width: 640, height: 480, millihertz: 60_000, isInterlaced: true)
    let card = Self.card(modes: [comb, Self.mode(800, 600)])
    #expect(try DisplayPlan.choose(DisplayWish(width: 640, height: 480), on: card).mode == 1)
  }

  @Test("a panel that is too small is named with its largest size")
  func tooSmall() {
    let card = Self.card(modes: [Self.mode(128, 64), Self.mode(96, 16)])
    #expect(throws: DisplayObjection.tooSmall(width: 128, height: 64)) {
      try DisplayPlan.choose(DisplayWish(width: 640, height: 400), on: card)
    }
    #expect(DisplayObjection.tooSmall(width: 128, height: 64).error.cause == .unsupported)
  }

  @Test("a quarter turn asks for the mode with its sides exchanged")
  func turned() throws {
    let card = Self.card(modes: [Self.mode(640, 480), Self.mode(480, 640)])
    let plan = try DisplayPlan.choose(DisplayWish(width: 640, height: 480, turn: .quarter), on: card)
    #expect(plan.mode == 1)
    #expect(plan.softwareTurn == .quarter)
    #expect(plan.hardwareTurn == .none)
    #expect((plan.bufferWidth, plan.bufferHeight) == (480, 640))
  }

  @Test("the hardware turns where it can; its buffer then lies as the picture does")
  func hardwareTurn() throws {
    let card = Self.card(modes: [Self.mode(480, 640)], turns: [.none, .quarter, .half])
    let plan = try DisplayPlan.choose(DisplayWish(width: 640, height: 480, turn: .quarter), on: card)
    #expect(plan.hardwareTurn == .quarter)
    #expect(plan.softwareTurn == .none)
    #expect((plan.bufferWidth, plan.bufferHeight) == (640, 480))
    let software = plan.turningInSoftware()
    #expect(software.hardwareTurn == .none)
    #expect(software.softwareTurn == .quarter)
    #expect((software.bufferWidth, software.bufferHeight) == (480, 640))
  }

  @Test("without atomic commits the processor turns")
  func olderCalls() throws {
    let card = Self.card(modes: [Self.mode(640, 480)], turns: [.none, .half], isAtomic: false)
    let plan = try DisplayPlan.choose(DisplayWish(width: 640, height: 480, turn: .half), on: card)
    #expect(plan.softwareTurn == .half)
    #expect(plan.hardwareTurn == .none)
  }

  @Test("XRGB8888 is taken before RGB565, and RGB565 where there is nothing else")
  func formats() throws {
    let wish = DisplayWish(width: 128, height: 64)
    let modes = [Self.mode(128, 64)]
    #expect(try DisplayPlan.choose(wish, on: Self.card(modes: modes, formats: [Self.rg16, Self.xr24])).format == .xrgb8888)
    #expect(try DisplayPlan.choose(wish, on: Self.card(modes: modes, formats: [Self.rg16])).format == .rgb565)
    #expect(throws: DisplayObjection.noWay) { try DisplayPlan.choose(wish, on: Self.card(modes: modes, formats: [0x3231_564e])) }
  }

  @Test("the format codes are the kernel's")
  func fourcc() {
    for (code, name) in [(Self.xr24, "XR24"), (Self.rg16, "RG16")] {
      #expect(String(decoding: (0..<4).map { UInt8(truncatingIfNeeded: code >> ($0 * 8)) }, as: UTF8.self) == name)
    }
  }

  @Test("a primary plane before an overlay, never a cursor, and only one that reaches the connector's controller")
  func planes() throws {
    var card = Self.card(modes: [Self.mode(640, 480)])
    card.controllers = 2
    card.connectors[0].controllers = 0b10
    card.planes = [
      DisplayCard.Plane(kind: .cursor, controllers: 0b10, formats: [Self.xr24]),
      DisplayCard.Plane(kind: .primary, controllers: 0b01, formats: [Self.xr24]),
      DisplayCard.Plane(kind: .overlay, controllers: 0b10, formats: [Self.xr24]),
      DisplayCard.Plane(kind: .primary, controllers: 0b10, formats: [Self.xr24]),
    ]
    let wish = DisplayWish(width: 640, height: 480)
    let plan = try DisplayPlan.choose(wish, on: card)
    #expect((plan.controller, plan.plane) == (1, 3))
    card.planes.removeLast()
    #expect(try DisplayPlan.choose(wish, on: card).plane == 2)
    card.planes.removeLast()
    #expect(throws: DisplayObjection.noWay) { try DisplayPlan.choose(wish, on: card) }
  }

  @Test("the connector: the named one, or the first with a panel")
  func connectors() throws {
    var card = Self.card(modes: [Self.mode(640, 480)])
    card.connectors.insert(
      DisplayCard.Connector(identifier: 30, name: "HDMI-A-1", isConnected: false, controllers: 1, modes: []), at: 0)
    let wish = DisplayWish(width: 640, height: 480)
    #expect(try DisplayPlan.choose(wish, on: card).connector == 1)
    var named = wish
    named.connector = "HDMI-A-1"
    #expect(throws: DisplayObjection.nothingConnected) { try DisplayPlan.choose(named, on: card) }
    named.connector = "DSI-2"
    #expect(throws: DisplayObjection.noSuchConnector) { try DisplayPlan.choose(named, on: card) }
    card.hasDumbBuffers = false
    #expect(throws: DisplayObjection.noDumbBuffers) { try DisplayPlan.choose(wish, on: card) }
  }

  @Test(
    "a board file names the card by path or by driver, with or without a connector",
    arguments: [
      ("/dev/dri/card1", DisplayName.Card.path("/dev/dri/card1"), nil as String?),
      ("drm:vc4#DSI-1", .driver("vc4"), "DSI-1"),
      ("/dev/dri/by-path/platform-gpu-card#HDMI-A-1", .path("/dev/dri/by-path/platform-gpu-card"), "HDMI-A-1"),
    ])
  func names(text: String, card: DisplayName.Card, connector: String?) throws {
    let name = try #require(DisplayName(text))
    #expect(name.card == card)
    #expect(name.connector == connector)
  }

  @Test("other texts are no display", arguments: ["", "#DSI-1", "drm:", "card0", "/dev/dri/card0#"])
  func noNames(text: String) {
    #expect(DisplayName(text) == nil)
  }

  @Test("a card that is not there says so, and nothing is left open")
  func absent() throws {
    let name = try #require(DisplayName("/dev/dri/card63"))
    #expect { try DRMCard(name) } throws: { ($0 as? DeviceError)?.cause == .absent }
    let driver = try #require(DisplayName("drm:no-such-driver"))
    #expect { try DRMCard(driver) } throws: { ($0 as? DeviceError)?.cause == .absent }
    // A device that is no display card.
    let null = try #require(DisplayName("/dev/null"))
    #expect { try DRMCard(null) } throws: { ($0 as? DeviceError)?.part == .display }
  }
}
