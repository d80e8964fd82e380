import HAL
import Units

/// When the samples of a stream cross the edge of the device, from what the device says about it now and then.
///
/// A delay-locked loop of second order (Adriaensen 2005): what is stated jitters by the device's period and by how late the program asks, so it
/// corrects the clock by a part only, which becomes smaller as the clock gets to know the stream; the pace is learnt beside the
/// offset, since no two crystals run alike. Positions count samples of the stream.
struct StreamClock: Sendable {
  /// Nominal nanoseconds of one sample.
  private let nominal: Double
  /// The same as observed.
  private(set) var pace: Double
  private var anchor: Instant?
  private var anchorPosition: Int64 = 0
  private var observations = 0

  /// A statement that is further off is a leap, no jitter: 5 ms.
  private static let leap = 5_000_000.0
  /// What part of an error is taken over in the long run, and in pace what part of its square: critically damped with a time constant of
  /// about 0.6 s at 50 statements a second.
  private static let gain = 0.04
  private static let paceGain = gain * gain / 2
  /// Crystals are within 100 parts in a million, resamplers of sound servers within 500: beyond 1000 the statements are wrong.
  private static let widest = 1e-3

  init(rate: Int) {
    nominal = 1e9 / Double(rate)
    pace = nominal
  }

  var isSet: Bool { anchor != nil }

  /// The sample at `position` stands at `instant`. False when the clock had to leap.
  @discardableResult
  mutating func observe(_ position: Int64, at instant: Instant) -> Bool {
    guard let anchor else {
      set(position, at: instant)
      return false
    }
    let distance = position - anchorPosition
    let expected = Double(distance) * pace
    let error = Double((instant - anchor).nanoseconds) - expected
    guard error < Self.leap, error > -Self.leap, distance >= 0 else {
      set(position, at: instant)
      return false
    }
    // The mean of the first statements, the loop from then on.
    observations += 1
    let gain = max(1 / Double(observations + 1), Self.gain)
    self.anchor = anchor + .nanoseconds(Int64(expected + gain * error))
    anchorPosition = position
    if distance > 0, gain == Self.gain {
      let step = Self.paceGain * error / Double(distance)
      let limit = nominal * Self.widest
      pace = min(max(pace + step, nominal - limit), nominal + limit)
    }
    return true
  }

  /// The stream begins anew at `position`; its pace is that of the same device.
  mutating func set(_ position: Int64, at instant: Instant) {
    anchor = instant
    anchorPosition = position
    observations = 0
  }

  /// Where the stream stands at `instant`, in samples and parts of them.
  func position(at instant: Instant) -> Double {
    guard let anchor else { return 0 }
    return Double(anchorPosition) + Double((instant - anchor).nanoseconds) / pace
  }

  func time(of position: Int64) -> Instant {
    guard let anchor else { return .zero }
    return anchor + .nanoseconds(Int64(Double(position - anchorPosition) * pace))
  }
}
