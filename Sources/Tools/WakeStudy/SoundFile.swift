import Foundation
import HAL
import SimBoard
import Units

/// A sound at the microphone's rate, from a file.
public struct SoundFile: Sendable {
  public var path: String
  public var samples: [Int16]
  /// The rate that the file had.
  public var rate: Int

  public var isResampled: Bool { rate != AudioFormat.captureRate }
  public var seconds: Double { Double(samples.count) / Double(AudioFormat.captureRate) }

  /// A WAV file of any rate and number of channels, or with the ending `.raw` samples as they are: 16 kHz, 16 bits, mono, little-endian.
  public init(_ path: String) throws(StudyError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw StudyError("\(path) is not there, or cannot be read")
    }
    let bytes = [UInt8](data)
    self.path = path
    if path.hasSuffix(".raw") {
      rate = AudioFormat.captureRate
      samples = stride(from: 0, to: bytes.count - 1, by: 2).map {
        Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
      }
      return
    }
    let sound: WAVSound
    do throws(WAVError) {
      sound = try WAVReader.read(bytes)
    } catch {
      throw StudyError("\(path) cannot be used: \(error.explanation)")
    }
    rate = sound.rate
    do throws(DeviceError) {
      samples = try Resampling.captured(sound)
    } catch {
      throw StudyError("\(path) cannot be brought from \(sound.rate) Hz to \(AudioFormat.captureRate) Hz")
    }
  }
}
