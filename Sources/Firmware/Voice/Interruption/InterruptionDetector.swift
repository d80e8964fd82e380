import HAL
import Units

/// Listens for the wearer while the glasses answer: cuts what the echo control delivers into steps, and lets the policy decide on each.
/// Nothing is allocated after `init`.
public final class InterruptionDetector {
  private static let step = EchoCanceller.step

  private let nearEnd = NearEnd()
  private var policy: InterruptionPolicy
  private let waiting: UnsafeMutableBufferPointer<Int16>
  private var count = 0

  public init(_ tuning: InterruptionTuning = InterruptionTuning()) {
    policy = InterruptionPolicy(tuning)
    waiting = .allocate(capacity: Self.step)
    waiting.initialize(repeating: 0)
  }

  deinit { waiting.deallocate() }

  /// A turn begins to be answered; `ownLevel` is how loud its question was, in decibels of full scale.
  public func begin(ownLevel: Float?) {
    count = 0
    nearEnd.begin()
    policy.reset()
    policy.ownLevel = ownLevel
  }

  public var isDisturbed: Bool { policy.isDisturbed }

  /// Takes sound that begins at `firstSample`, as `echo` delivers it, and calls `act` for each decision.
  public func take(_ samples: Span<Int16>, firstSample: Instant, echo: EchoControl, act: (InterruptionAction) -> Void) {
    let waiting = waiting
    for index in 0..<samples.count {
      waiting[count] = samples[index]
      count += 1
      guard count == Self.step else { continue }
      count = 0
      let end = firstSample + SampleTime.duration(of: index + 1, rate: AudioFormat.captureRate)
      let found = nearEnd.take(waiting.span, echo.isActive ? echo.canceller : nil, isDisturbed: policy.isDisturbed)
      if let action = policy.take(found, at: end - .milliseconds(10)) { act(action) }
    }
  }
}
