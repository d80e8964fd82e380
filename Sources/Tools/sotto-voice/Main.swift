import Foundation

/// Runs the firmware's voice processing over recordings and prints what it finds, for `tools/bench bargein` and `tools/bench endpoint`, which build it,
/// start it, and compare with other programs. Sounds are raw: 16 bits, mono, 16 kHz for the microphone and 24 kHz for the speaker.
@main struct Main {
  static let usage = """
    sotto-voice endpoint SOUND…                      a JSON line each: when the end of speech is decided, with voicing and by level alone
    sotto-voice voiced SOUND…                        a line each: 0 or 1 for each frame of 20 ms
    sotto-voice cancel ours|speex|speex+ HEARD PLAYED OUT   writes what an echo canceller leaves
    sotto-voice uplink HEARD OUT                     writes what the host hears after the codec
    sotto-voice interrupt NEAR ANSWER PATH [LEVEL]   a JSON object: when an answer is ducked, paused, resumed, stopped
    """

  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      switch (arguments.first, arguments.count) {
      case ("--help", _), ("-h", _): print(usage)
      case ("endpoint", 2...): for path in arguments.dropFirst() { try Endpoint.run(path) }
      case ("voiced", 2...): for path in arguments.dropFirst() { try Endpoint.voiced(path) }
      case ("cancel", 5): try Cancel.run(arguments[1], heard: arguments[2], played: arguments[3], out: arguments[4])
      case ("uplink", 3): try Uplink.run(arguments[1], out: arguments[2])
      case ("interrupt", 4...5):
        let level = arguments.count > 4 ? Float(arguments[4]) : nil
        try Interrupt.run(near: arguments[1], answer: arguments[2], path: arguments[3], level: level)
      default: fail(usage, code: 2)
      }
    } catch {
      fail("\(error)", code: 1)
    }
  }

  static func fail(_ text: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data((text + "\n").utf8))
    exit(code)
  }
}

struct Failure: Error, CustomStringConvertible {
  var description: String
}

/// Raw sound.
enum Sound {
  static func read(_ path: String) throws -> [Int16] {
    guard let data = FileManager.default.contents(atPath: path) else { throw Failure(description: "cannot read \(path)") }
    return data.withUnsafeBytes { bytes in
      (0..<data.count / 2).map { Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self)) }
    }
  }

  static func write(_ samples: [Int16], _ path: String) throws {
    let data = samples.map(\.littleEndian).withUnsafeBytes { Data($0) }
    try data.write(to: URL(fileURLWithPath: path))
  }
}
