import ArgumentParser
import Foundation
import HostLink

struct DevicesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "devices", abstract: "List the paired glasses.")

  @OptionGroup var state: StateOption
  @Flag(help: "Print a JSON array: name, fingerprint, paired (ISO 8601).")
  var json = false

  func run() async throws {
    try await sayingFailures {
      let store = try state.open()
      for problem in store.problems() { Terminal.complain(problem) }
      let devices = store.devices()
      if json {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys]
        Terminal.say(String(decoding: try encoder.encode(devices), as: UTF8.self))
      } else if devices.isEmpty {
        Terminal.say("nothing is paired: run \"sotto-host pair\" and hold the button of the glasses")
      }
      guard !json else { return }
      for device in devices {
        Terminal.say("\(device.name)  \(device.fingerprint)  since \(device.paired.formatted(.iso8601))")
      }
    }
  }
}

struct ForgetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget",
    abstract: "Let a pair of glasses in no longer.",
    discussion: "Takes effect at once: a running \"serve\" ends their session. What the assistant remembers stays.")

  @OptionGroup var state: StateOption
  @Argument(help: "The name, the fingerprint, or the first 8 or more digits of the fingerprint.")
  var device: String

  func run() async throws {
    try await sayingFailures {
      let store = try state.open()
      let found = try store.devices(matching: device)
      _ = try store.remove(found.fingerprint)
      if let client = await ControlClient.connect(store) {
        await client.devicesChanged()
        await client.close()
      }
      Terminal.say("forgot \(found.name) (\(found.fingerprint))")
    }
  }
}

extension HostStore {
  /// The one device that the words name.
  fileprivate func devices(matching words: String) throws -> PairedDevice {
    let shortest = 8
    let found = devices().filter { device in
      device.name == words || (words.count >= shortest && device.fingerprint.hex.hasPrefix(words.lowercased()))
    }
    guard let first = found.first else {
      Terminal.complain("\"\(words)\" is not paired: \"sotto-host devices\" lists what is")
      throw HostExit.noSuchDevice
    }
    guard found.count == 1 else {
      Terminal.complain("\"\(words)\" means several devices: give the fingerprint of one (\"sotto-host devices\")")
      throw HostExit.noSuchDevice
    }
    return first
  }
}
