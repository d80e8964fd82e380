import HAL
import Testing
import Units

@testable import SimBoard

/// Parts that take the time to come up and to go down that the board file states.
@Suite struct SupplyTests {
  private func board() throws -> SimBoard {
    var description = BoardDescription()
    let parts: [Part] = [.camera, .microphone, .speaker, .display, .indicator]
    description.power.parts = parts.map {
      PartPower(part: $0, levels: [.zero, .zero], rises: [.zero, .milliseconds(100)], falls: [.zero, .milliseconds(40)])
    }
    return try SimBoard(
      description, options: SimBoard.Options(), clock: .virtual(start: .zero, peer: nil), trace: { _ in }, log: { _ in })
  }

  @Test func theFirstSampleComesAfterTheRise() throws {
    let board = try board()
    let microphone = try #require(board.microphone)
    try microphone.start(period: .milliseconds(20))
    #expect(!board.hasSettled(.microphone))
    #expect(name(board.next(before: nil)) == "settled microphone")
    #expect(board.now() == milliseconds(100))
    #expect(board.hasSettled(.microphone))
    #expect(name(board.next(before: nil)) == "microphoneReady")
    #expect(try microphone.readAll().first == milliseconds(100))
  }

  @Test func theLightShinesFromTheEndOfItsRiseToTheEndOfItsFall() throws {
    let board = try board()
    try board.pins.set(.indicator, active: true)
    #expect(try !board.pins.readBack(.indicator))
    #expect(name(board.next(before: nil)) == "settled indicator")
    #expect(try board.pins.readBack(.indicator))
    try board.pins.set(.indicator, active: false)
    #expect(try board.pins.readBack(.indicator))
    #expect(name(board.next(before: nil)) == "settled indicator")
    #expect(board.now() == milliseconds(140))
    #expect(try !board.pins.readBack(.indicator))
  }

  @Test func nothingIsSeenNorTakenBeforeTheRiseIsOver() throws {
    let board = try board()
    let display = try #require(board.display)
    let camera = try #require(board.camera)
    try display.turnOn()
    try camera.turnOn()
    #expect(throws: DeviceError.self) { try display.present(damage: Rectangle(x: 0, y: 0, width: 1, height: 1)) }
    #expect(throws: DeviceError.self) { try camera.takeStill() }
    #expect(name(board.next(before: nil)) == "settled display")
    #expect(name(board.next(before: nil)) == "settled camera")
    try display.present(damage: Rectangle(x: 0, y: 0, width: 1, height: 1))
    try camera.takeStill()
  }

  /// Only what it was told last is answered.
  @Test func aPartThatIsToldToTurnBackAnswersOnce() throws {
    let board = try board()
    let camera = try #require(board.camera)
    try camera.turnOn()
    #expect(name(board.next(before: milliseconds(30))) == "deadline")
    camera.turnOff()
    #expect(!board.hasSettled(.camera))
    #expect(name(board.next(before: nil)) == "settled camera")
    #expect(board.now() == milliseconds(70))
    #expect(name(board.next(before: milliseconds(500))) == "deadline")
  }
}
