import ArgumentParser
import Foundation
import HostLink
import Memory

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
        Terminal.say("\(device.name.printable)  \(device.fingerprint)  since \(device.paired.formatted(.iso8601))")
      }
    }
  }
}

struct ForgetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget",
    abstract: "Let a pair of glasses in no longer.",
    discussion: """
      Takes effect at once: a running "serve" ends their session. What the assistant remembers of their wearer stays unless you \
      say --memory, which erases it for good.
      """)

  @OptionGroup var state: StateOption
  @Argument(help: "The name, the fingerprint, or the first 8 or more digits of the fingerprint.")
  var device: String
  @Flag(help: "Also erase everything that is remembered of their wearer.")
  var memory = false

  func run() async throws {
    try await sayingFailures {
      let store = try state.open()
      let found = try store.devices(matching: device)
      // What cannot be erased is said before anything is changed.
      let remembered = memory ? try store.openMemory() : nil
      _ = try store.remove(found.fingerprint)
      // Ends their session and its last turn, so that nothing is written after the erasure.
      await store.tellServe()
      Terminal.say("forgot \(found.name.printable) (\(found.fingerprint))")
      guard memory else {
        return Terminal.say(
          "what is remembered of their wearer stays: \"sotto-host memory\" shows it, \"sotto-host memory forget\" erases it")
      }
      let erased = try await remembered?.forgetEverything(device: found.fingerprint.hex)
      await store.tellServe()
      Terminal.say("erased \((erased ?? .init(facts: 0, turns: 0)).words)")
    }
  }
}

extension HostStore {
  /// Tells a running `serve` that devices or memory have changed, and waits until it has taken that in.
  func tellServe() async {
    guard let client = await ControlClient.connect(self) else { return }
    await client.devicesChanged()
    await client.close()
  }

  /// The one device that the words name.
  func devices(matching words: String) throws -> PairedDevice {
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
