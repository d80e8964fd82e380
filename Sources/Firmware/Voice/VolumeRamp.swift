import HAL

/// Volume that glides: steps in volume click.
struct VolumeRamp: Sendable {
  /// Full volume falls to a quarter (−12 dB) within 20 ms, and to nothing within 27 ms.
  private static let step: Float = 0.75 / Float(AudioFormat.playbackRate / 50)

  private(set) var volume: Float = 1
  var target: Float = 1

  /// Whether samples pass as they are.
  var isIdle: Bool { volume == 1 && target == 1 }

  /// From silence, up to the target.
  mutating func restart() { volume = 0 }

  mutating func set(_ volume: Float) {
    self.volume = volume
    target = volume
  }

  mutating func apply(to sample: Int16) -> Int16 {
    if volume < target {
      volume = min(volume + Self.step, target)
    } else if volume > target {
      volume = max(volume - Self.step, target)
    }
    return Int16((Float(sample) * volume).rounded())
  }
}
