import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Wyoming

/// The programs that a plan starts. They end with this process, however it ends.
public final class BackEndPrograms: Sendable {
  /// Starts the program and waits for it; ends it when standard input ends, which it does when this process is gone. A program that does not
  /// heed SIGTERM is killed after two seconds. Nothing is left behind that holds what was inherited: the end would not be noticed else.
  private static let keeper = """
    exec 3<&0
    "$@" </dev/null 3<&- &
    child=$!
    (
      while read -r _ <&3; do :; done
      kill "$child" 2>/dev/null
      for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        kill -0 "$child" 2>/dev/null || exit
        sleep 0.1
      done
      kill -KILL "$child" 2>/dev/null
    ) &
    watch=$!
    wait "$child"
    status=$?
    kill "$watch" 2>/dev/null
    exit "$status"
    """
  /// How often a program is asked whether it is ready.
  private static let patience: Duration = .milliseconds(100)

  private struct Running: @unchecked Sendable {
    var process: Process
    /// Standard input of the keeper: open as long as the program is wanted.
    var line: Pipe
  }

  private let running = Mutex<[Running]>([])
  private let report: @Sendable (String) -> Void

  /// Starts the plan's programs; what they write goes to `back-end-NAME.log` in `logs`. Returns when each answers.
  /// Throws `BackEndFailure` when one cannot be started, ends, or is not ready in time; then none runs.
  public static func start(
    _ plan: BackEndPlan, logs: String, report: @escaping @Sendable (String) -> Void
  ) async throws -> BackEndPrograms {
    let programs = BackEndPrograms(report)
    do {
      for (name, program) in plan.programs.sorted(by: { $0.key < $1.key }) {
        try await programs.start(name, program, plan.services[name], logs)
      }
    } catch {
      programs.stop()
      throw error
    }
    return programs
  }

  private init(_ report: @escaping @Sendable (String) -> Void) { self.report = report }

  deinit { stop() }

  /// Ends the programs.
  public func stop() {
    let ended = running.withLock { all in
      defer { all = [] }
      return all
    }
    for program in ended {
      program.process.terminationHandler = nil
      try? program.line.fileHandleForWriting.close()
    }
    for program in ended { program.process.waitUntilExit() }
  }

  private func start(_ name: String, _ program: BackEndPlan.Program, _ service: BackEndPlan.Service?, _ logs: String) async throws
  {
    let voice = BackEndVoice(name: name, part: .language)
    let log = "\(logs)/back-end-\(name).log"
    guard FileManager.default.isExecutableFile(atPath: program.command[0]) else {
      throw voice.failure(
        "cannot be started: there is no program \(program.command[0]); tools/setup --local-ai makes the local one")
    }
    if await answers(program, service) {
      throw voice.failure("cannot be started: another program answers at port \(program.port) already; choose another")
    }
    guard FileManager.default.createFile(atPath: log, contents: nil, attributes: [.posixPermissions: 0o600]),
      let output = FileHandle(forWritingAtPath: log)
    else { throw voice.failure("cannot be started: \(log) cannot be written") }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", Self.keeper, "sh"] + program.command
    process.environment = ProcessInfo.processInfo.environment.merging(program.environment) { _, stated in stated }
    let line = Pipe()
    // Else the keeper itself would hold the other end of its standard input open, which then never ends.
    _ = fcntl(line.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    process.standardInput = line
    process.standardOutput = output
    process.standardError = output
    do {
      try process.runUnblocked()
    } catch {
      throw voice.failure("cannot be started: \(error.localizedDescription)")
    }
    running.withLock { $0.append(Running(process: process, line: line)) }
    try await ready(process, program, service, voice, log)
    let report = report
    process.terminationHandler = { ended in
      report("\(name) has ended with status \(ended.terminationStatus); its log is \(log)")
    }
  }

  private func ready(
    _ process: Process, _ program: BackEndPlan.Program, _ service: BackEndPlan.Service?, _ voice: BackEndVoice, _ log: String
  ) async throws {
    let deadline = ContinuousClock.now + program.start
    while ContinuousClock.now < deadline {
      guard process.isRunning else {
        throw voice.failure("ended at once with status \(process.terminationStatus); its log is \(log)")
      }
      if await answers(program, service) { return }
      try await Task.sleep(for: Self.patience)
    }
    throw voice.failure("was not ready within \(program.start.words); its log is \(log)")
  }

  /// Whether the service takes requests. llama.cpp's server listens while it still loads, and says so under `/health`.
  private func answers(_ program: BackEndPlan.Program, _ service: BackEndPlan.Service?) async -> Bool {
    if case .openAI(let settings)? = service, let url = URL(string: settings.url) {
      let health = url.deletingLastPathComponent().appendingPathComponent("health").absoluteString
      let response = try? await HTTPClient.shared.execute(HTTPClientRequest(url: health), timeout: .seconds(2))
      return response.map { $0.status == .ok || $0.status == .notFound } ?? false
    }
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.seconds(2))
    guard let channel = try? await bootstrap.connect(host: program.host, port: program.port).get() else { return false }
    try? await channel.close().get()
    return true
  }
}
