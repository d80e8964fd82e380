import CLinux
import Engagement
import Power
import Runtime
import SimBoard
import Units

/// Watches the glasses of a play: the energy as it is used, the states, and how often the program was woken.
final class EnergyMeter {
  struct Sample: Sendable, Equatable {
    var time: Instant
    /// Used since the beginning.
    var used: Nanojoules
    /// From this instant on.
    var state: EngagementState
  }

  /// A sample at least this often while anything happens; between two samples the power is even enough to draw.
  private static let interval = Duration.seconds(60)

  private(set) var samples: [Sample] = []
  /// Instants at which something woke the program.
  private(set) var wakeups = 0
  /// Those among them at which no turn was under way, before or after.
  private(set) var restingWakeups = 0
  private var wasInTurn = false
  /// When the button last went down, and the longest time from there to the open microphone.
  private var pressed: Instant?
  private(set) var longestWake: Duration?
  private var lastStep: Instant?
  /// Processor time of this machine that the play took while the glasses were armed.
  private(set) var armedProcessorTime = Duration.zero
  private var stateBefore: EngagementState?
  private var processorTimeBefore = Duration.zero
  private(set) var ledger: EnergyLedger?

  func stepped(_ glasses: Glasses<SimBoard>, at now: Instant) {
    note(glasses.state)
    let isInTurn = glasses.state.isInTurn || glasses.state == .pairing
    if lastStep.map({ now > $0 }) ?? true {
      wakeups += 1
      if !wasInTurn, !isInTurn { restingWakeups += 1 }
    }
    wasInTurn = isInTurn
    lastStep = now
    if let last = samples.last, last.state == glasses.state, now - last.time < Self.interval { return }
    samples.append(Sample(time: now, used: glasses.energy.total(at: now), state: glasses.state))
  }

  /// The clock is looked at when the state changes, so that looking costs nothing.
  private func note(_ state: EngagementState) {
    guard state != stateBefore else { return }
    let time = Duration.nanoseconds(sotto_processor_time())
    if stateBefore == .armed { armedProcessorTime += time - processorTimeBefore }
    stateBefore = state
    processorTimeBefore = time
  }

  func ended(_ glasses: Glasses<SimBoard>, at now: Instant) {
    ledger = glasses.energy
    samples.append(Sample(time: now, used: glasses.energy.total(at: now), state: glasses.state))
  }

  func pressed(at now: Instant) { pressed = now }

  func saw(_ event: TraceEvent) {
    guard event.name == "microphone_open", let begun = pressed else { return }
    pressed = nil
    longestWake = max(longestWake ?? .zero, event.time - begun)
  }

  /// When `energy` had been used, by straight lines between the samples; nil when less was used in all.
  func time(of energy: Nanojoules) -> Instant? {
    guard let index = samples.firstIndex(where: { $0.used >= energy }) else { return nil }
    guard index > 0 else { return samples[index].time }
    let (before, after) = (samples[index - 1], samples[index])
    let share = Double((energy - before.used).value) / Double(max((after.used - before.used).value, 1))
    return before.time + .nanoseconds(Int64(Double((after.time - before.time).nanoseconds) * share))
  }
}
