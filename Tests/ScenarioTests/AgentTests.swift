import Foundation
import Testing
import Units

@testable import Scenario

/// A rig's end and the agent's end of a channel, as a pair of sockets.
private struct Channel {
  let rig: Int32
  let agent: FileHandle

  init() throws {
    var pair: [Int32] = [0, 0]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
    rig = pair[0]
    agent = FileHandle(fileDescriptor: pair[1], closeOnDealloc: true)
  }

  /// Answers each line that the rig sends.
  func answer(_ reply: @escaping @Sendable (String) -> String?) {
    readLines(of: agent) { [agent] line in
      if let text = reply(line) { try? agent.write(contentsOf: Data((text + "\n").utf8)) }
    }
  }

  func say(_ text: String) throws { try agent.write(contentsOf: Data((text + "\n").utf8)) }
}

@Suite struct AgentTests {
  private let mailbox = Mailbox()

  private func next() throws -> RigEvent { try #require(mailbox.next(before: RigClock.now() + .seconds(10))) }

  @Test func whatTheGlassesWriteReachesTheRig() throws {
    let channel = try Channel()
    let agent = Agent(AgentOptions(descriptor: channel.rig, share: "", reach: "10.0.2.2"), mailbox: mailbox)
    agent.start(host: "10.0.2.2:1", seed: 1)
    #expect(agent.isRunning)
    try channel.say("trace {\"a\": 1}\nwords The camera is gone.\nended glasses 3")
    guard case .glasses("{\"a\": 1}") = try next() else { return #expect(Bool(false), "no line of the trace") }
    guard case .words("The camera is gone.", from: "glasses") = try next() else { return #expect(Bool(false), "no words") }
    guard case .ended(.glasses, status: 3) = try next() else { return #expect(Bool(false), "no end") }
    #expect(!agent.isRunning)
  }

  @Test func theClockOffsetIsNeverTooSmall() throws {
    let channel = try Channel()
    let ahead = Duration.seconds(1000)
    channel.answer { line in
      guard line == "clock" else { return nil }
      return String(format: "clock %.2f", Double((RigClock.now() - ahead).nanoseconds) / 1e9 - 0.005)
    }
    let agent = Agent(AgentOptions(descriptor: channel.rig, share: "", reach: ""), mailbox: mailbox)
    let offset = try agent.clockOffset()
    #expect(offset >= ahead && offset < ahead + .seconds(5))
  }

  @Test func anAgentWithoutATimeIsAnError() throws {
    let channel = try Channel()
    channel.answer { $0 == "clock" ? "clock soon" : nil }
    let agent = Agent(AgentOptions(descriptor: channel.rig, share: "", reach: ""), mailbox: mailbox)
    #expect(throws: RigError.self) { try agent.clockOffset() }
  }

  @Test func sleepsAreCountedByTheAgent() throws {
    let channel = try Channel()
    // What is no answer to the question is left aside.
    channel.answer { $0 == "sleeps" ? "clock 1.00\nsleeps 42" : nil }
    let glasses = AgentGlasses(
      Agent(AgentOptions(descriptor: channel.rig, share: "", reach: ""), mailbox: mailbox), host: "10.0.2.2:1", seed: 1)
    #expect(glasses.sleeps == 42)
  }

  @Test func aSoundIsCopiedToTheShareAndNamedThere() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sotto-agent-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data("sound".utf8).write(to: URL(fileURLWithPath: folder + "/a.wav"))
    let channel = try Channel()
    let heard = Mutexed<[String]>([])
    let got = DispatchSemaphore(value: 0)
    channel.answer { line in
      heard.with { $0.append(line) }
      got.signal()
      return nil
    }
    let glasses = AgentGlasses(
      Agent(AgentOptions(descriptor: channel.rig, share: folder, reach: ""), mailbox: mailbox), host: "10.0.2.2:1", seed: 7)
    try glasses.say(folder + "/a.wav")
    try glasses.look(folder + "/no-such-picture.png")
    for _ in 0..<3 { #expect(got.wait(timeout: .now() + 10) == .success) }
    let lines = heard.with { $0 }
    #expect(lines.first == "start 10.0.2.2:1 7" && lines.last == "look nothing")
    let said = try #require(lines.dropFirst().first?.removingPrefix("say "))
    #expect(FileManager.default.contents(atPath: folder + "/" + said) == Data("sound".utf8))
  }
}
