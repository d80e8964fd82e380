import CALSA

/// How one sample lies in a device's buffer.
public enum SampleFormat: Int32, Sendable, Hashable {
  case bits16 = 0
  case bits32 = 1
  /// 24 bits in the lower part of 32.
  case bits24 = 2
  /// 24 bits in three bytes, the lowest first.
  case bits24packed = 3

  /// Bits that carry sound.
  public var bits: Int {
    switch self {
    case .bits16: 16
    case .bits32: 32
    case .bits24, .bits24packed: 24
    }
  }

  public var bytes: Int {
    switch self {
    case .bits16: 2
    case .bits32, .bits24: 4
    case .bits24packed: 3
    }
  }
}

/// Interleaved frames of a device on the one side, mono samples of 16 bits on the other. A device's memory is aligned to its samples.
public struct SampleLayout: Sendable, Hashable {
  public let format: SampleFormat
  public let channels: Int

  public init(format: SampleFormat, channels: Int) {
    self.format = format
    self.channels = channels
  }

  public var frameBytes: Int { format.bytes * channels }

  /// Reads frames: the mean of the `selected` channels (each below `channels`), rounded to the nearest, halves away from zero.
  public func read(
    _ bytes: UnsafePointer<UInt8>, frames: Int, selected: [Int], into samples: UnsafeMutablePointer<Int16>
  ) {
    if format == .bits16, selected.count == 1 {
      let source = UnsafeRawPointer(bytes).assumingMemoryBound(to: Int16.self) + selected[0]
      for frame in 0..<frames { samples[frame] = source[frame * channels] }
      return
    }
    selected.withUnsafeBufferPointer { mix(bytes, frames: frames, channels: $0, into: samples) }
  }

  /// Plain loops over plain memory: allocates nothing, in a debug build either.
  private func mix(
    _ bytes: UnsafePointer<UInt8>, frames: Int, channels: UnsafeBufferPointer<Int>, into samples: UnsafeMutablePointer<Int16>
  ) {
    // A sum of sixteen-bit samples with the fraction that the format has below them.
    let divisor = Int64(channels.count) &<< fraction
    let half = divisor / 2
    let width = format.bytes
    let step = frameBytes
    var place = 0
    var frame = 0
    while frame < frames {
      var sum: Int64 = 0
      var index = 0
      while index < channels.count {
        sum += value(bytes, at: place + channels[index] * width)
        index += 1
      }
      let mean = (sum < 0 ? sum - half : sum + half) / divisor
      // Only rounding up leaves the range.
      samples[frame] = mean > 32_767 ? Int16.max : Int16(truncatingIfNeeded: mean)
      place += step
      frame += 1
    }
  }

  /// Writes frames: every channel gets the sample.
  public func write(_ samples: UnsafePointer<Int16>, frames: Int, into bytes: UnsafeMutablePointer<UInt8>) {
    let raw = UnsafeMutableRawPointer(bytes)
    for frame in 0..<frames {
      let sample = samples[frame]
      for channel in 0..<channels {
        let place = frame * frameBytes + channel * format.bytes
        switch format {
        case .bits16: (raw + place).assumingMemoryBound(to: Int16.self).pointee = sample
        case .bits32: (raw + place).assumingMemoryBound(to: Int32.self).pointee = Int32(sample) << 16
        case .bits24: (raw + place).assumingMemoryBound(to: Int32.self).pointee = Int32(sample) << 8
        case .bits24packed:
          bytes[place] = 0
          bytes[place + 1] = UInt8(truncatingIfNeeded: sample)
          bytes[place + 2] = UInt8(truncatingIfNeeded: sample >> 8)
        }
      }
    }
  }

  /// Bits of a sample below the sixteen that are used.
  private var fraction: Int64 {
    switch format {
    case .bits16: 0
    case .bits32: 16
    case .bits24, .bits24packed: 8
    }
  }

  private func value(_ bytes: UnsafePointer<UInt8>, at place: Int) -> Int64 {
    let raw = UnsafeRawPointer(bytes) + place
    switch format {
    case .bits16: return Int64(raw.assumingMemoryBound(to: Int16.self).pointee)
    case .bits32: return Int64(raw.assumingMemoryBound(to: Int32.self).pointee)
    // The upper byte need not repeat the sign.
    case .bits24: return Int64((raw.assumingMemoryBound(to: Int32.self).pointee << 8) >> 8)
    case .bits24packed:
      let low = Int32(bytes[place]) | Int32(bytes[place + 1]) << 8
      return Int64(low | Int32(Int8(bitPattern: bytes[place + 2])) << 16)
    }
  }
}
