import HAL
import Units

/// The sound around the glasses: clips, each from its own instant on, over faint noise.
///
/// Samples are numbered from the clock's zero at `AudioFormat.captureRate`: sample n is heard at n × 62.5 µs exactly. What is heard is a
/// function of the number alone, so it does not depend on who listens or how often.
struct AcousticScene {
  private struct Clip {
    var first: Int64
    var samples: [Int16]
    var end: Int64 { first + Int64(samples.count) }
  }

  /// 62.5 µs: one second over `AudioFormat.captureRate`.
  static let sampleTime: Int64 = 1_000_000_000 / Int64(AudioFormat.captureRate)

  private var clips: [Clip] = []
  /// The noise, which repeats after two seconds: a day of virtual time hears over a billion samples.
  private let noise: [Int16]
  /// A power of two.
  private static let noiseLength = 32_768

  /// `noiseFloor` is the noise's root mean square in decibels below a full-scale one, 0 or less; below −96 there is none.
  init(seed: UInt64, noiseFloor: Int) {
    let random = Random(seed: seed, stream: 1)
    // Even noise of reach r has a root mean square of r / √3. One decibel is a factor of 10^(1/20).
    var reach = 32_768.0 * 1.732_050_807_568_877
    for _ in 0..<min(max(-noiseFloor, 0), 96) { reach /= 1.122_018_454_301_963 }
    // Half the width of the evenly spread noise, in steps of a 16-bit sample. Four samples share one random number, 16 bits each.
    let half = noiseFloor < -96 ? 0 : Int64(reach + 0.5)
    noise = (0..<AcousticScene.noiseLength).map { index in
      let lane = random.number(at: Int64(index >> 2)) >> (UInt64(index & 3) &* 16) & 0xFFFF
      return Int16(clamping: (Int64(lane) &* (2 * half + 1)) >> 16 &- half)
    }
  }

  /// The number of the first sample that is heard at `instant` or later.
  static func sample(at instant: Instant) -> Int64 {
    let time = instant.nanoseconds
    return time / sampleTime + (time % sampleTime > 0 ? 1 : 0)
  }

  static func instant(of sample: Int64) -> Instant { Instant(nanoseconds: sample * sampleTime) }

  /// Places a clip. Clips may overlap: they add up.
  mutating func place(_ samples: [Int16], at instant: Instant) {
    clips.append(Clip(first: AcousticScene.sample(at: instant), samples: samples))
  }

  /// Forgets clips that end before `sample`, which nobody can hear any more.
  mutating func forget(before sample: Int64) {
    clips.removeAll { $0.end <= sample }
  }

  /// Writes what is heard from sample `first` on into the first `count` places of `output`.
  func listen(from first: Int64, count: Int, into output: inout MutableSpan<Int16>) {
    listenToNoise(from: first, count: count, into: &output)
    let end = first + Int64(count)
    // Sums are clamped once for each clip, as a chain of mixers does.
    for clip in clips where clip.first < end && clip.end > first {
      for number in max(clip.first, first)..<min(clip.end, end) {
        let place = Int(number - first)
        output[place] = Int16(clamping: Int(output[place]) + Int(clip.samples[Int(number - clip.first)]))
      }
    }
  }

  /// Copies runs of the noise, which begins anew after its last sample.
  private func listenToNoise(from first: Int64, count: Int, into output: inout MutableSpan<Int16>) {
    output.withUnsafeMutableBufferPointer { output in
      noise.withUnsafeBufferPointer { noise in
        guard let to = output.baseAddress, let from = noise.baseAddress else { return }
        var done = 0
        while done < count {
          let place = Int((first + Int64(done)) & Int64(AcousticScene.noiseLength - 1))
          let run = min(count - done, AcousticScene.noiseLength - place)
          // As bytes: Embedded Swift copies typed memory element by element.
          UnsafeMutableRawPointer(to + done).copyMemory(from: from + place, byteCount: 2 * run)
          done += run
        }
      }
    }
  }
}
