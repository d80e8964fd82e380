import CLinux
import Drivers
import HAL
import Units

/// Writes mono 16-bit sound at the speaker's rate to a WAV file as it is heard. `finish` sets the sizes in the header right, and can
/// be called again and again, so that the file is whole after each turn.
final class WAVWriter {
  private let file: PlainFile
  private var buffer: [UInt8] = []
  /// Bytes of sound in the file.
  private var size = 0
  private var isRight = true
  /// The first error; after it nothing more is written.
  private(set) var failure: Int32 = 0

  private static let headerSize = 44
  /// About a third of a second.
  private static let bufferSize = 16 * 1024
  /// Where the format's own 32-bit sizes end.
  private static let limit = 0xFFFF_FFFF - 64

  init(path: String) throws(DeviceError) {
    file = try PlainFile(replacing: path, for: .speaker)
    buffer.reserveCapacity(WAVWriter.bufferSize)
    let written = file.write(WAVWriter.header(size: 0).span)
    if written < 0 { throw DeviceError(system: .speaker, "write WAV", written) }
  }

  deinit { finish() }

  func append(_ samples: Span<Int16>) {
    guard failure == 0, size + samples.count * 2 <= WAVWriter.limit else { return }
    isRight = false
    for index in samples.indices {
      let sample = UInt16(bitPattern: samples[index])
      buffer.append(UInt8(truncatingIfNeeded: sample))
      buffer.append(UInt8(truncatingIfNeeded: sample >> 8))
    }
    size += samples.count * 2
    if buffer.count >= WAVWriter.bufferSize { flush() }
  }

  func finish() {
    guard !isRight else { return }
    flush()
    if failure == 0 { failure = file.write(WAVWriter.header(size: size).span, at: 0) }
    isRight = true
  }

  private func flush() {
    if failure == 0 { failure = file.write(buffer.span) }
    buffer.removeAll(keepingCapacity: true)
  }

  private static func header(size: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ tag: StaticString) { tag.withUTF8Buffer { bytes.append(contentsOf: $0) } }
    func append(_ number: Int, bytes width: Int) {
      for place in 0..<width { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * place))) }
    }
    append("RIFF")
    append(headerSize - 8 + size, bytes: 4)
    append("WAVEfmt ")
    append(16, bytes: 4)
    append(1, bytes: 2)
    append(1, bytes: 2)
    append(AudioFormat.playbackRate, bytes: 4)
    append(AudioFormat.playbackRate * 2, bytes: 4)
    append(2, bytes: 2)
    append(16, bytes: 2)
    append("data")
    append(size, bytes: 4)
    return bytes
  }
}
