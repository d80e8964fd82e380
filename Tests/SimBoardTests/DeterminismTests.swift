import HAL
import Testing
import Units

@testable import SimBoard

private final class Mirror: SimPeer {
  private var queue: [(Instant, [UInt8])] = []
  func connected(at now: Instant) {}
  func disconnected(at now: Instant) { queue.removeAll() }
  func receive(_ bytes: [UInt8], at now: Instant) { queue.append((now + .milliseconds(3), bytes)) }
  var nextDue: Instant? { queue.first?.0 }
  func collect(at now: Instant) -> (bytes: [UInt8], closed: Bool) {
    guard let first = queue.first, first.0 <= now else { return ([], false) }
    queue.removeFirst()
    return (first.1, false)
  }
}

@Suite struct DeterminismTests {
  /// A run with everything in it, as a list of what happened when, with the sound that was heard.
  private func story(seed: UInt64, _ folder: Folder) throws -> [String] {
    let clip = try folder.write(WAVMaker(rate: 44_100).make(tone(300, rate: 44_100, seconds: 0.3).map { [$0] }), to: "clip.wav")
    let rig = try Rig(peer: Mirror()) { $0.seed = seed }
    let board = rig.board
    board.schedule(.wear(true), at: milliseconds(3))
    board.schedule(.press(.milliseconds(80)), at: milliseconds(50))
    board.schedule(.say(clip), at: milliseconds(100))
    board.schedule(.battery(Percent(33)), at: milliseconds(200))
    board.schedule(.network(false), at: milliseconds(400))
    board.schedule(.network(true), at: milliseconds(450))
    board.end(at: milliseconds(700))
    try board.microphone?.start(period: .milliseconds(20))
    try board.speaker?.start()
    try board.link.open("x:1")
    try board.camera?.takeStill()
    var lines: [String] = []
    while true {
      let event = board.next(before: nil)
      var line = "\(board.now().nanoseconds) \(name(event))"
      switch event {
      case .shutdown: return lines + [line]
      case .microphoneReady:
        let samples = try #require(board.microphone).readAll().samples
        line += " \(samples.reduce(UInt64(0)) { $0 &* 31 &+ UInt64(bitPattern: Int64($1)) })"
        _ = try? board.link.send([UInt8(lines.count & 255)].span)
      case .speakerReady: line += " \(try board.speaker?.write([Int16](repeating: 400, count: 1_000)) ?? 0)"
      case .linkReadable:
        var buffer = [UInt8](repeating: 0, count: 64)
        var span = buffer.mutableSpan
        line += " \(try board.link.receive(into: &span))"
      case .linkClosed: line += " again: \((try? board.link.open("x:1")) != nil)"
      default: break
      }
      lines.append(line)
    }
  }

  @Test func theSameSeedGivesTheSameRun() throws {
    let folder = try Folder()
    let first = try story(seed: 1, folder)
    #expect(first.count > 60)
    #expect(try story(seed: 1, folder) == first)
  }

  @Test func anotherSeedGivesAnotherRun() throws {
    let folder = try Folder()
    #expect(try story(seed: 1, folder) != story(seed: 2, folder))
  }

  @Test func aDayPassesQuickly() throws {
    let rig = try Rig()
    for hour in 0..<24 { rig.board.schedule(.press(.milliseconds(100)), at: milliseconds(Int64(hour) * 3_600_000)) }
    rig.board.end(at: milliseconds(86_400_000))
    var events = 0
    while rig.next().0 != "shutdown" { events += 1 }
    #expect(events == 48)
    #expect(rig.board.wakeups < 60)
  }
}
