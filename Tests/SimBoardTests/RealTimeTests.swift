import CLinux
import Foundation
import HAL
import Testing
import Units

@testable import Drivers
@testable import SimBoard

/// Boards in real time. Each test waits on the board with a deadline; none sleeps.
@Suite(.serialized) struct RealTimeTests {
  private func board(_ change: (inout SimBoard.Options) -> Void = { _ in }, log: @escaping (String) -> Void = { _ in }) throws
    -> SimBoard
  {
    var options = SimBoard.Options()
    change(&options)
    return try SimBoard(BoardDescription(), options: options, clock: .real, log: log)
  }

  /// Events until `wanted` comes, at most for some seconds.
  private func until(_ board: SimBoard, _ wanted: String) -> [String] {
    let deadline = board.now() + .seconds(5)
    var names: [String] = []
    repeat {
      let event = name(board.next(before: deadline))
      names.append(event)
      if event.hasPrefix(wanted) || event == "deadline" { return names }
    } while true
  }

  @Test func waitingForADeadlineIsOneWakeupAndOneSwitch() throws {
    let board = try board()
    _ = board.next(before: board.now())
    let wakeups = board.wakeups
    let switches = sotto_voluntary_switches()
    let deadline = board.now() + .milliseconds(300)
    let event = board.next(before: deadline)
    #expect(name(event) == "deadline")
    #expect(board.now() >= deadline)
    #expect(board.wakeups - wakeups == 1)
    #expect(sotto_voluntary_switches() - switches <= 1)
  }

  /// A board with nothing to do, in a thread of its own that the kernel's account is read of from outside.
  @Test func asleepNothingWakesTheThread() throws {
    let (read, write) = try pipe()
    let (news, tell) = try pipe()
    defer { for end in [read, write, news, tell] { close(end) } }
    Thread.detachNewThread {
      var options = SimBoard.Options()
      options.stimuli = read
      let board = try? SimBoard(BoardDescription(), options: options, clock: .real, log: { _ in })
      var facts: [Int64] = [Int64(sotto_thread_id())]
      Foundation.write(tell, facts, 8)
      var isOver = false
      if let board, case .shutdown = board.next(before: nil) { isOver = true }
      facts = [Int64(board?.wakeups ?? 99), isOver ? 1 : 0]
      Foundation.write(tell, facts, 16)
    }
    var facts: [Int64] = [0, 0]
    try #require(Foundation.read(news, &facts, 8) == 8)
    let status = "/proc/self/task/\(facts[0])/status"
    func switches() throws -> String {
      let text = try String(decoding: PlainFile.read(status, limit: 65_536, for: .processor), as: UTF8.self)
      return try #require(text.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches") }).description
    }
    let watch = try board()
    // Time to fall asleep, then time to be woken if anything did.
    _ = watch.next(before: watch.now() + .milliseconds(100))
    let before = try switches()
    _ = watch.next(before: watch.now() + .milliseconds(500))
    #expect(try switches() == before)
    Foundation.write(write, "quit\n", 5)
    try #require(Foundation.read(news, &facts, 16) == 16)
    #expect(facts == [1, 1])
  }

  @Test func microphoneAndDeadlineShareTheTimer() throws {
    let board = try board()
    try board.microphone?.start(period: .milliseconds(20))
    let start = board.now()
    let wakeups = board.wakeups
    var events: [String] = []
    while events.last != "deadline" { events.append(name(board.next(before: start + .milliseconds(210)))) }
    #expect(events.filter { $0 == "microphoneReady" }.count >= 2)
    #expect(board.now() >= start + .milliseconds(210))
    #expect(board.wakeups - wakeups <= UInt64(events.count))
    #expect(try #require(board.microphone).readAll().samples.count >= 3_200)
  }

  @Test func theSpeakerPlaysInRealTime() throws {
    let board = try board()
    let speaker = try #require(board.speaker)
    try speaker.start()
    #expect(until(board, "speakerReady").last == "speakerReady")
    let start = board.now()
    #expect(try speaker.write([Int16](repeating: 900, count: 2_400)) == 2_400)
    speaker.drain()
    #expect(until(board, "speakerDrained").last == "speakerDrained")
    #expect(board.now() - start >= .milliseconds(100))
    #expect(speaker.pending == 0)
  }

  // MARK: Stimuli

  @Test func stimuliComeFromAPipeAndItsEndIsQuiet() throws {
    let (read, write) = try pipe()
    defer { close(read) }
    let notes = Rig.Notes()
    let board = try board({ $0.stimuli = read }, log: { notes.logs.append($0) })
    let text = "wear on\nnonsense\n\nbattery 12\nty"
    Foundation.write(write, text, text.utf8.count)
    #expect(until(board, "battery").map { $0.prefix(7) } == ["wear on", "battery"])
    #expect(notes.logs.count == 1 && notes.logs[0].hasPrefix("stimulus: \"nonsense\" is not a stimulus"))
    Foundation.write(write, "pe hello", 8)
    close(write)
    // The last line counts though its end is missing.
    #expect(until(board, "typed") == ["typed hello"])
    let wakeups = board.wakeups
    let switches = sotto_voluntary_switches()
    #expect(name(board.next(before: board.now() + .milliseconds(100))) == "deadline")
    #expect(board.wakeups - wakeups == 1)
    #expect(sotto_voluntary_switches() - switches <= 1)
  }

  @Test func stimuliComeFromAPlainFileToo() throws {
    let folder = try Folder()
    let path = try folder.write(Array("wear on\nbattery 5\nquit".utf8), to: "stimuli")
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    let board = try board { $0.stimuli = descriptor }
    #expect(until(board, "shutdown").map { $0.prefix(7) } == ["wear on", "battery", "shutdow"])
  }

  @Test func anEndlessLineIsLeftOutOnce() throws {
    let folder = try Folder()
    let path = try folder.write([UInt8](repeating: 65, count: 20_000) + Array("\nwear on\n".utf8), to: "stimuli")
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    let notes = Rig.Notes()
    let board = try board({ $0.stimuli = descriptor }, log: { notes.logs.append($0) })
    #expect(until(board, "wear").count == 1)
    #expect(notes.logs == ["stimulus: a line of more than 4096 bytes was left out"])
  }

  @Test func stimuliOfNothingAreQuiet() throws {
    let descriptor = open("/dev/null", O_RDONLY)
    defer { close(descriptor) }
    let board = try board { $0.stimuli = descriptor }
    #expect(name(board.next(before: board.now() + .milliseconds(20))) == "deadline")
  }

  @Test func aBadDescriptorIsAnErrorAtTheStart() {
    #expect(throws: DeviceError.self) { try board { $0.stimuli = 9_999 } }
  }

  // MARK: Trace

  @Test func theTraceIsOnDiskWhenTheBoardSleeps() throws {
    let folder = try Folder()
    let board = try board { $0.tracePath = folder.file("trace.json") }
    #expect(board.isTracing)
    board.trace(Array("[".utf8).span)
    board.trace(Array("{},".utf8).span)
    #expect(try folder.read("trace.json").isEmpty)
    _ = board.next(before: board.now() + .milliseconds(1))
    #expect(try String(decoding: folder.read("trace.json"), as: UTF8.self) == "[\n{},\n")
    board.apply(.quit)
    board.trace(Array("]".utf8).span)
    #expect(name(board.next(before: nil)) == "shutdown")
    #expect(try String(decoding: folder.read("trace.json"), as: UTF8.self) == "[\n{},\n]\n")
  }

  @Test func aTraceThatCannotBeWrittenIsGivenUpOnce() throws {
    let notes = Rig.Notes()
    let board = try board({ $0.tracePath = "/dev/full" }, log: { notes.logs.append($0) })
    for _ in 0..<2 {
      board.trace(Array("[".utf8).span)
      _ = board.next(before: board.now() + .milliseconds(1))
    }
    #expect(!board.isTracing)
    #expect(notes.logs == ["the trace is given up: processor, write trace: is full (error 28)"])
  }

  @Test func signalsEndTheRun() throws {
    // The signal is blocked in this thread alone, and sent to it alone.
    let board = try board { $0.handlesSignals = true }
    pthread_kill(pthread_self(), SIGTERM)
    #expect(until(board, "shutdown") == ["shutdown"])
    var set = sigset_t()
    sigemptyset(&set)
    for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&set, signal) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  private func pipe() throws -> (Int32, Int32) {
    var ends: [Int32] = [0, 0]
    try #require(Foundation.pipe(&ends) == 0)
    return (ends[0], ends[1])
  }
}
