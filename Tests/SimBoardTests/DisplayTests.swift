import CImage
import HAL
import Testing
import Units

@testable import SimBoard

@Suite struct DisplayTests {
  private let whole = Rectangle(x: 0, y: 0, width: 640, height: 400)

  @Test func whatIsShownIsThePNG() throws {
    let folder = try Folder()
    let rig = try Rig { $0.outFolder = folder.file("out") }
    let display = try #require(rig.board.display)
    try display.turnOn()
    display.withPixels { pixels in
      for index in pixels.indices { pixels[index] = UInt32(index & 0xFFFFFF) }
    }
    try display.present(damage: whole)
    #expect(display.latestPNGPath == folder.file("out/display-1.png"))
    var memory: UnsafeMutablePointer<UInt32>?
    var width: UInt32 = 0
    var height: UInt32 = 0
    try #require(sotto_png_read(folder.file("out/display-1.png"), &memory, &width, &height) == 0)
    defer { sotto_picture_free(memory) }
    #expect(width == 640 && height == 400)
    #expect([UInt32](UnsafeBufferPointer(start: memory, count: 640 * 400)) == (0..<256_000).map { UInt32($0) })
    try display.present(damage: whole)
    #expect(display.latestPNGPath == folder.file("out/display-2.png"))
  }

  @Test func onlyTheDamageReachesThePanel() throws {
    let rig = try Rig()
    let display = try #require(rig.board.display)
    try display.turnOn()
    display.withPixels { pixels in
      for index in pixels.indices { pixels[index] = 0xFFFFFF }
    }
    try display.present(damage: Rectangle(x: 10, y: 20, width: 2, height: 3))
    let shown = try #require(display.shown)
    #expect(shown.filter { $0 == 0xFFFFFF }.count == 6)
    #expect(shown[20 * 640 + 10] == 0xFFFFFF)
    #expect(shown[22 * 640 + 11] == 0xFFFFFF)
  }

  @Test func offItShowsNothingAndRefuses() throws {
    let rig = try Rig()
    let display = try #require(rig.board.display)
    #expect(throws: DeviceError.self) { try display.present(damage: whole) }
    try display.turnOn()
    try display.present(damage: whole)
    display.withPixels { $0[5] = 0xFFFFFF }
    display.turnOff()
    #expect(display.shown == nil)
    #expect(display.withPixels { $0[5] } == 0)
    #expect(throws: DeviceError.self) { try display.present(damage: whole) }
    #expect(display.presented == 1)
  }

  @Test(arguments: [
    Rectangle(x: -1, y: 0, width: 10, height: 10), Rectangle(x: 0, y: 0, width: 641, height: 1),
    Rectangle(x: 0, y: 399, width: 1, height: 2), Rectangle(x: 0, y: 0, width: -1, height: 1),
  ])
  func damageOutsideIsRefused(damage: Rectangle) throws {
    let rig = try Rig()
    let display = try #require(rig.board.display)
    try display.turnOn()
    #expect(throws: DeviceError.self) { try display.present(damage: damage) }
  }
}
