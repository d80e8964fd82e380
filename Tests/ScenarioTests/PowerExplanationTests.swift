import BoardFile
import Foundation
import HAL
import SimBoard
import Testing
import Units

@testable import Runtime
@testable import Scenario
@testable import Wire

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

private func flatBoard() throws -> String { try BoardFile.load(root + "/boards/sim/glasses").flat }

/// Takes calls and says nothing.
private final class MuteHost: SimPeer {
  func connected(at now: Instant) {}
  func disconnected(at now: Instant) {}
  func receive(_ bytes: [UInt8], at now: Instant) {}
  var nextDue: Instant? { nil }
  func collect(at now: Instant) -> (bytes: [UInt8], closed: Bool) { ([], false) }
}

/// Glasses in virtual time that call a host that does not answer, with what they trace.
private final class CallingGlasses {
  final class Lines { var all: [String] = [] }

  let board: SimBoard
  let glasses: Glasses<SimBoard>
  private let lines = Lines()

  init() throws {
    var description = try FlatBoardFile.parse([UInt8](flatBoard().utf8).span)
    description.listening.armedWhileWorn = true
    var options = SimBoard.Options()
    options.isWornAtStart = true
    let lines = lines
    board = try SimBoard(
      description, options: options, clock: .virtual(start: .zero, peer: MuteHost()),
      trace: { lines.all.append(String(decoding: $0.withUnsafeBufferPointer { Array($0) }, as: UTF8.self)) }, log: { _ in })
    let host = try #require(Identity.create())
    try board.storage.save(Pairing.recordName, Pairing(peer: host.fingerprint, name: "host", address: "").serialised().span)
    glasses = try Glasses(board: board, description: description)
  }

  /// What the control port answers to `explain`.
  var live: PowerExplanation? {
    var client = ControlClient(number: 1, process: 1)
    glasses.explain(at: board.now()) { client.say($0) }
    var bytes: [UInt8] = []
    client.send { span in
      span.withUnsafeBufferPointer { bytes += $0 }
      return span.count
    }
    return PowerExplanation(lines: String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
  }

  func traced(at instant: Instant) throws -> PowerExplanation? {
    PowerExplanation(try TraceEvent.parse(trace: lines.all.joined(separator: "\n")), at: instant)
  }
}

@Suite struct PowerExplanationTests {
  @Test func theTraceTellsWhatTheGlassesTell() throws {
    let rig = try CallingGlasses()
    rig.board.schedule(.press(.milliseconds(100)), at: .zero + .seconds(2))
    var seen: [(Instant, PowerExplanation)] = []
    for tenth in 1...130 {
      rig.board.perform(at: .zero + .milliseconds(tenth * 100)) { now in
        if let live = rig.live { seen.append((now, live)) }
      }
    }
    rig.board.end(at: .zero + .seconds(14))
    rig.glasses.run()
    #expect(seen.count == 130)
    for (instant, live) in seen {
      var traced = try #require(try rig.traced(at: instant))
      var told = live
      // Microjoules are cut off in the trace: two of them may be missing.
      for index in told.elements.indices {
        #expect(abs(told.elements[index].energy - traced.elements[index].energy) <= 2)
        told.elements[index].energy = 0
        traced.elements[index].energy = 0
        for holder in told.elements[index].holders.indices where holder < traced.elements[index].holders.count {
          #expect(abs(told.elements[index].holders[holder].energy - traced.elements[index].holders[holder].energy) <= 3)
          told.elements[index].holders[holder].energy = 0
          traced.elements[index].holders[holder].energy = 0
        }
      }
      #expect(told == traced, "at \(instant.nanoseconds / 1_000_000) ms")
      #expect(live.unexplained.isEmpty)
    }
    let calling = try #require(seen.first { $0.0 == .zero + .milliseconds(2500) }?.1)
    func names(_ part: String) -> [String] { calling.elements.first { $0.part == part }?.holders.map { $0.name } ?? [] }
    #expect(calling.state == "engaged")
    #expect(names("microphone") == ["turn 1"])
    #expect(names("link") == ["turn 1"])
    #expect(names("display") == ["card"])
    #expect(calling.elements.first { $0.part == "indicator" }?.reasons == [.init(part: "microphone", level: 2)])
    let text = calling.text
    #expect(text.contains("engaged, turn 1"))
    #expect(text.contains("because microphone is at level 2"))
  }

  @Test func theObjectHasItsKeys() throws {
    var explanation = PowerExplanation(now: 2_000_000, state: "dormant", stateSince: 0, turn: 0)
    explanation.elements = [.init(part: "link", level: 1, since: 1_000_000, milliwatts: 8, energy: 8_000)]
    explanation.add(PowerExplanation.Holder(name: "parked link", level: 1, since: 1_000_000, energy: 8_000), to: "link")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(explanation.json.utf8)) as? [String: Any])
    #expect(
      object.keys.sorted() == ["elements", "energy_uj", "mw", "now_us", "state", "state_since_us", "turn", "unexplained"])
    #expect(explanation.text.contains("parked link"))
  }

  @Test func aTraceOfTheHostTellsNothing() { #expect(PowerExplanation([]) == nil) }
}

/// A real `sottod`, its socket, and a client that is killed.
@Suite struct ControlledProcessTests {
  @Test func aKilledClientHoldsNothingAnyMore() throws {
    let folder = NSTemporaryDirectory() + "sotto-explain-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try flatBoard().write(toFile: folder + "/board.flat", atomically: true, encoding: .utf8)
    let glasses = Process()
    glasses.executableURL = URL(fileURLWithPath: Self.program("sottod"))
    glasses.arguments = [
      "--board", folder + "/board.flat", "--state", folder + "/state", "--out", folder + "/out", "--trace",
      folder + "/trace.json",
      "--stimuli", "-",
    ]
    let stimuli = Pipe()
    glasses.standardInput = stimuli
    try glasses.run()
    defer {
      kill(glasses.processIdentifier, SIGKILL)
      glasses.waitUntilExit()
    }
    let path = folder + "/state/control"
    // The socket has its name a moment before anybody listens at it.
    var opened: ControlConnection?
    try waitUntil {
      opened = try? ControlConnection(path)
      return opened != nil
    }
    let eye = try #require(opened)
    #expect(try eye.ask("follow").isEmpty)

    let client = Process()
    client.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    client.arguments = [
      "-c",
      "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b'lease speaker 1\\nlease processor 2\\n')\n"
        + "while s.recv(99): pass", path,
    ]
    try client.run()
    func next(_ event: String, _ part: String) throws -> String {
      while true {
        let line = try eye.nextLine()
        if line.contains("\"event\":\"\(event)\""), line.contains("\"part\":\"\(part)\"") { return line }
      }
    }
    let holder = "control client 2 (process \(client.processIdentifier))"
    #expect(try next("lease_taken", "processor").contains(holder))
    let held = try #require(PowerExplanation(lines: try ControlConnection(path).ask("explain")))
    for part in ["speaker", "processor"] {
      #expect(held.elements.first { $0.part == part }?.holders.map { $0.name } == [holder])
    }
    kill(client.processIdentifier, SIGKILL)
    client.waitUntilExit()
    #expect(try next("lease_released", "speaker").contains(holder))
    let after = try #require(PowerExplanation(lines: try ControlConnection(path).ask("explain")))
    #expect(after.elements.allSatisfy { $0.holders.isEmpty && $0.level == 0 })
    let trace = try String(contentsOfFile: folder + "/trace.json", encoding: .utf8)
    let traced = try #require(PowerExplanation(try TraceEvent.parse(trace: trace)))
    #expect(traced.elements.map { $0.holders } == after.elements.map { $0.holders })
    #expect(trace.contains("\"lease_released\""))
    for file in ["trace.json", "state/control"] {
      let mode = try FileManager.default.attributesOfItem(atPath: folder + "/" + file)[.posixPermissions] as? NSNumber
      #expect(mode?.intValue == 0o600, "\(file)")
    }
    stimuli.fileHandleForWriting.write(Data("quit\n".utf8))
    glasses.waitUntilExit()
    #expect(!FileManager.default.fileExists(atPath: path), "the socket goes with its program")
  }

  /// Programs of this build lie beside the tests.
  private static func program(_ name: String) -> String {
    let folders = [Bundle.main.executablePath, CommandLine.arguments.first].compactMap { $0 }.map {
      URL(fileURLWithPath: $0).deletingLastPathComponent().path
    }
    let places = (folders + [root + "/.build/debug"]).map { $0 + "/" + name }
    return places.first { FileManager.default.isExecutableFile(atPath: $0) } ?? name
  }

  private func waitUntil(_ isDone: () -> Bool) throws {
    let deadline = Date() + 10
    while !isDone() {
      try #require(Date() < deadline)
      sched_yield()
    }
  }
}
