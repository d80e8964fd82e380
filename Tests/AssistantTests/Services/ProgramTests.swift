import Foundation
import Synchronization
import Testing

@testable import Assistant

@Suite struct Programs {
  private let logs = FileManager.default.temporaryDirectory.appendingPathComponent("programs-\(UUID())").path

  /// A service that is a small program: it listens on a port and writes its process's number.
  private func plan(_ port: Int, _ script: String) throws -> BackEndPlan {
    try BackEndPlan.parse(
      """
      [back_end.small]
      kind = "wyoming"
      address = "127.0.0.1:\(port)"
      command = ["/usr/bin/python3", "-c", '''
      \(script)
      ''']
      start_within = "30s"
      """, file: "test", cacheDirectory: "/tmp")
  }

  @Test func aProgramRunsUntilItIsStopped() async throws {
    try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: logs) }
    let port = try await FakeWyomingService.with { _ in
      []
    } body: {
      $0.address.port
    }
    let script = """
      import os, socket
      print(os.getpid(), flush=True)
      server = socket.create_server(('127.0.0.1', \(port)))
      while True: server.accept()[0].close()
      """
    let programs = try await BackEndPrograms.start(try plan(port, script), logs: logs) { _ in }
    let log = try String(contentsOfFile: logs + "/back-end-small.log", encoding: .utf8)
    let process = try #require(Int32(log.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(kill(process, 0) == 0)
    await #expect(
      throws: BackEndFailure(
        .language, "small cannot be started: another program answers at port \(port) already; choose another")
    ) {
      _ = try await BackEndPrograms.start(try plan(port, script), logs: logs) { _ in }
    }
    programs.stop()
    #expect(kill(process, 0) == -1)
  }

  @Test func aProgramThatEndsAtOnceIsNamed() async throws {
    try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: logs) }
    let port = try await FakeWyomingService.with { _ in
      []
    } body: {
      $0.address.port
    }
    await #expect(
      throws: BackEndFailure(.language, "small ended at once with status 3; its log is \(logs)/back-end-small.log")
    ) {
      _ = try await BackEndPrograms.start(try plan(port, "raise SystemExit(3)"), logs: logs) { _ in }
    }
  }
}
