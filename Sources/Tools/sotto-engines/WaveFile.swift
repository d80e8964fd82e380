import ArgumentParser
import Foundation

/// 16-bit mono WAV files, as the test clips are.
enum WaveFile {
  private static let headerLength = 44

  /// The samples and their rate in hertz. Throws `ValidationError` for anything else than 16-bit mono PCM.
  static func read(_ path: String) throws -> (samples: [Int16], rate: Int) {
    guard let data = FileManager.default.contents(atPath: path) else { throw ValidationError("\(path) cannot be read") }
    let bytes = [UInt8](data)
    guard bytes.count > headerLength, bytes[0..<4].elementsEqual("RIFF".utf8), bytes[8..<12].elementsEqual("WAVE".utf8) else {
      throw ValidationError("\(path) is no WAV file")
    }
    var at = 12
    var rate: Int?
    while at + 8 <= bytes.count {
      let length = number(bytes, at + 4, 4)
      let body = at + 8
      if bytes[at..<at + 4].elementsEqual("fmt ".utf8), body + 16 <= bytes.count {
        guard number(bytes, body, 2) == 1, number(bytes, body + 2, 2) == 1, number(bytes, body + 14, 2) == 16 else {
          throw ValidationError("\(path) is not 16-bit mono PCM")
        }
        rate = number(bytes, body + 4, 4)
      }
      if bytes[at..<at + 4].elementsEqual("data".utf8), let rate {
        let end = min(bytes.count, body + length)
        return (
          stride(from: body, to: end - 1, by: 2).map { Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8) }, rate
        )
      }
      at = body + length + length % 2
    }
    throw ValidationError("\(path) holds no sound")
  }

  static func write(_ samples: [Int16], rate: Int, to path: String) throws {
    var data = Data("RIFF".utf8)
    func add(_ value: Int, bytes: Int) { for index in 0..<bytes { data.append(UInt8(value >> (8 * index) & 255)) } }
    add(36 + samples.count * 2, bytes: 4)
    data += Data("WAVEfmt ".utf8)
    add(16, bytes: 4)
    add(1, bytes: 2)
    add(1, bytes: 2)
    add(rate, bytes: 4)
    add(rate * 2, bytes: 4)
    add(2, bytes: 2)
    add(16, bytes: 2)
    data += Data("data".utf8)
    add(samples.count * 2, bytes: 4)
    for sample in samples { add(Int(UInt16(bitPattern: sample)), bytes: 2) }
    try data.write(to: URL(fileURLWithPath: path))
  }

  private static func number(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
  }
}
