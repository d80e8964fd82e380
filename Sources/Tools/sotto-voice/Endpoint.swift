import Foundation
import HAL
import Units
import Voice

/// End of speech over recordings, each fed as if the wake had been at its first sample.
enum Endpoint {
  private static let frame = SampleTime.captureFrame

  static func run(_ path: String) throws {
    let samples = try Sound.read(path)
    print("{\"adaptive\": \(find(samples, withVoicing: true)), \"level\": \(find(samples, withVoicing: false))}")
  }

  static func voiced(_ path: String) throws {
    let samples = try Sound.read(path)
    let meter = VoicingMeter()
    var line = ""
    for start in stride(from: 0, through: samples.count - frame, by: frame) {
      line += meter.measure(samples.span.extracting(start..<start + frame)).isVoiced ? "1" : "0"
    }
    print(line)
  }

  /// Milliseconds of onset, last speech and decision; null where there is none.
  private static func find(_ samples: [Int16], withVoicing: Bool) -> String {
    let meter = VoicingMeter()
    var detector = EndpointDetector(ListeningPolicy(), wake: .zero)
    var began = "null"
    for start in stride(from: 0, through: samples.count - frame, by: frame) {
      let piece = samples.span.extracting(start..<start + frame)
      let at = Instant.zero + SampleTime.duration(of: start, rate: AudioFormat.captureRate)
      let voicing = withVoicing ? meter.measure(piece) : nil
      switch detector.feed(piece, firstSample: at, voicing: voicing) {
      case .speechBegan(let at)?: began = milliseconds(at)
      case .ended(_, let last)?:
        let decided = milliseconds(at + SampleTime.frame)
        return "{\"began\": \(began), \"last\": \(milliseconds(last)), \"decided\": \(decided)}"
      case .nothingSaid?: return "{\"began\": null, \"last\": null, \"decided\": null}"
      case nil: break
      }
    }
    return "{\"began\": \(began), \"last\": null, \"decided\": null}"
  }

  private static func milliseconds(_ instant: Instant) -> String { "\((instant - .zero).milliseconds)" }
}
