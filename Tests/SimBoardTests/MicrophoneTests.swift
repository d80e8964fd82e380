import HAL
import Testing
import Units

@testable import SimBoard

@Suite struct MicrophoneTests {
  @Test func onePeriodOneEvent() throws {
    let rig = try Rig()
    let microphone = try #require(rig.board.microphone)
    try microphone.start(period: .milliseconds(20))
    #expect(rig.next() == ("microphoneReady", 25_000_000))
    #expect(try microphone.readAll().samples.count == 320)
    #expect(rig.next() == ("microphoneReady", 45_000_000))
    let block = try microphone.readAll()
    #expect(block.samples.count == 320)
    #expect(block.first == milliseconds(25))
  }

  @Test func theNoiseFloorIsWhereItIsSaidToBe() throws {
    let rig = try Rig { $0.noiseFloor = -50 }
    let microphone = try #require(rig.board.microphone)
    try microphone.start(period: .milliseconds(100))
    _ = rig.next(milliseconds(1005))
    _ = rig.pass(until: milliseconds(1005))
    let samples = try microphone.readAll().samples
    #expect(samples.count == 16_000)
    let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)
    // 32768 × 10^(−50/20) = 103.6
    #expect(abs(power.squareRoot() - 103.6) < 2)
  }

  @Test func whatIsSaidIsHeardAtItsSampleAndNotBefore() throws {
    let folder = try Folder()
    let path = try folder.write(WAVMaker().make([[0.5], [-0.5], [0.25]]), to: "clip.wav")
    let rig = try Rig { $0.noiseFloor = -120 }
    let microphone = try #require(rig.board.microphone)
    try microphone.start(period: .milliseconds(10))
    rig.board.schedule(.say(path), at: Instant(nanoseconds: 20_000_001))
    _ = rig.pass(until: milliseconds(40))
    let block = try microphone.readAll()
    let expected = AcousticScene.sample(at: Instant(nanoseconds: 20_000_001))
    #expect(expected == 321)
    let first = Int(expected - AcousticScene.sample(at: block.first))
    #expect(block.samples[0..<first].allSatisfy { $0 == 0 })
    #expect(Array(block.samples[first..<(first + 3)]) == [16_384, -16_384, 8_192])
    #expect(block.samples[(first + 3)...].allSatisfy { $0 == 0 })
  }

  @Test func whatIsSaidWhileItIsOffIsNotHeard() throws {
    let folder = try Folder()
    let path = try folder.write(WAVMaker().make((0..<800).map { _ in [0.5] }), to: "clip.wav")
    let rig = try Rig { $0.noiseFloor = -120 }
    let microphone = try #require(rig.board.microphone)
    rig.board.schedule(.say(path), at: milliseconds(100))
    _ = rig.pass(until: milliseconds(120))
    try microphone.start(period: .milliseconds(10))
    _ = rig.pass(until: milliseconds(200))
    let block = try microphone.readAll()
    #expect(block.first == milliseconds(125))
    // 50 ms from 100 ms on: the last 25 ms of them.
    #expect(block.samples.filter { $0 != 0 }.count == 400)
    #expect(block.samples[0..<400].allSatisfy { $0 == 16_384 })
  }

  @Test func soundsAtTheSameTimeAddUpAndClip() throws {
    var scene = AcousticScene(seed: 1, noiseFloor: -120)
    scene.place([20_000, 20_000, 20_000], at: .zero)
    scene.place([20_000, -5_000], at: AcousticScene.instant(of: 1))
    var heard = [Int16](repeating: 0, count: 4)
    var span = heard.mutableSpan
    scene.listen(from: 0, count: 4, into: &span)
    #expect(heard == [20_000, 32_767, 15_000, 0])
  }

  @Test func noiseDependsOnTheSampleAndNotOnHowItIsRead() throws {
    let scene = AcousticScene(seed: 5, noiseFloor: -60)
    var whole = [Int16](repeating: 0, count: 100)
    var wholeSpan = whole.mutableSpan
    scene.listen(from: 1_000, count: 100, into: &wholeSpan)
    var part = [Int16](repeating: 0, count: 30)
    var partSpan = part.mutableSpan
    scene.listen(from: 1_040, count: 30, into: &partSpan)
    #expect(Array(whole[40..<70]) == part)
    #expect(Set(whole).count > 20)
  }

  @Test func changingThePeriodLosesNothing() throws {
    let rig = try Rig()
    let microphone = try #require(rig.board.microphone)
    try microphone.start(period: .milliseconds(200))
    #expect(rig.next() == ("microphoneReady", 205_000_000))
    #expect(rig.next(milliseconds(250)) == ("deadline", 250_000_000))
    microphone.setPeriod(.milliseconds(20))
    // 45 ms wait already: ready at once.
    #expect(rig.next() == ("microphoneReady", 250_000_000))
    let block = try microphone.readAll()
    #expect(block.samples.count == 245 * 16)
    #expect(block.first == milliseconds(5))
    #expect(rig.next() == ("microphoneReady", 265_000_000))
  }

  @Test func anOverrunIsCountedOnce() throws {
    let rig = try Rig()
    let microphone = try #require(rig.board.microphone)
    try microphone.start(period: .milliseconds(500))
    _ = rig.pass(until: milliseconds(3_005))
    let block = try microphone.readAll()
    #expect(block.lost == 16_000)
    #expect(block.samples.count == 32_000)
    #expect(block.first == milliseconds(1_005))
    #expect(try microphone.readAll().lost == 0)
  }

  @Test func stoppingEndsEventsAndReading() throws {
    let rig = try Rig()
    let microphone = try #require(rig.board.microphone)
    microphone.stop()
    try microphone.start(period: .milliseconds(10))
    #expect(throws: DeviceError.self) { try microphone.start(period: .milliseconds(10)) }
    microphone.stop()
    #expect(rig.next(milliseconds(100)) == ("deadline", 100_000_000))
    #expect(throws: DeviceError.self) { try microphone.readAll() }
  }

  @Test func periodsAreClamped() throws {
    let rig = try Rig()
    let microphone = try #require(rig.board.microphone)
    try microphone.start(period: .milliseconds(1))
    #expect(rig.next() == ("microphoneReady", 15_000_000))
    microphone.setPeriod(.seconds(9))
    #expect(rig.next() == ("microphoneReady", 515_000_000))
  }

  @Test func aBrokenSoundIsLoggedAndChangesNothing() throws {
    let folder = try Folder()
    let path = try folder.write(Array("RIFFxxxxWAVE".utf8), to: "broken.wav")
    let rig = try Rig { $0.noiseFloor = -120 }
    let microphone = try #require(rig.board.microphone)
    try microphone.start(period: .milliseconds(10))
    rig.board.apply(.say(path))
    rig.board.apply(.say(folder.file("missing.wav")))
    rig.board.apply(.say(folder.path))
    _ = rig.pass(until: milliseconds(30))
    #expect(try microphone.readAll().samples.allSatisfy { $0 == 0 })
    #expect(rig.notes.logs.count == 3)
    #expect(rig.notes.logs[0] == "say \(path): it has no fmt chunk before its sound")
    #expect(rig.notes.logs[1].hasPrefix("say \(folder.file("missing.wav")): microphone, open file: is not there"))
  }
}
