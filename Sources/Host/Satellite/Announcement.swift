import Assistant
import Foundation
import Wyoming

/// Tells the local network of a satellite by multicast DNS, through Avahi's `avahi-publish`, as long as it lives.
final class Announcement: Sendable {
  /// What Home Assistant looks for.
  static let service = "_wyoming._tcp"

  private struct Running: @unchecked Sendable { let process: Process }
  private let running: Running

  /// Throws what to do when the program is missing.
  init(name: String, port: Int) throws(WyomingFailure) {
    let places = ["/usr/bin/avahi-publish", "/usr/local/bin/avahi-publish"]
    guard let program = places.first(where: FileManager.default.isExecutableFile) else {
      throw .connection(
        "it is not announced, since avahi-publish is missing: install avahi-utils, or add its address in the smart home")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["--service", name, Self.service, "\(port)"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do {
      try process.runUnblocked()
    } catch {
      throw .connection("it is not announced: avahi-publish cannot be started")
    }
    running = Running(process: process)
  }

  func stop() { running.process.terminate() }
}
