import NIOCore
import Wyoming

/// The connection of one pair of glasses to the smart home, and the run of its pipeline that is under way.
///
/// ```
///          run-satellite              begin                end of the answer
/// absent ───────────────▶ resting ────────────▶ running ───────────────────────▶ resting
///    ▲                       │                     │ abandon                        ▲
///    │  pause, disconnect    │                     ▼                                │
///    └───────────────────────┴────────────── discarding ──── its end, or 5 s ───────┘
/// ```
///
/// The smart home cannot be told to stop a run, so what comes of an abandoned one is dropped until it has ended.
actor SatelliteLink {
  /// An abandoned run that sends nothing to its end is over after so long.
  private static let patience: Duration = .seconds(5)

  private enum State {
    case absent
    case resting
    case running(SatelliteInbox)
    case discarding(until: ContinuousClock.Instant)
  }

  private var state = State.absent
  private var outgoing: NIOAsyncChannelOutboundWriter<WyomingEvent>?
  /// Of connections: messages of an older one count for nothing.
  private var number = 0

  /// A connection wants to be the smart home's; an earlier one is no longer. Its number for the other calls.
  func attach(_ writer: NIOAsyncChannelOutboundWriter<WyomingEvent>) -> Int {
    endRun()
    number += 1
    outgoing = writer
    state = .resting
    return number
  }

  func detach(_ connection: Int) {
    guard connection == number else { return }
    endRun()
    outgoing = nil
    state = .absent
  }

  /// A message of the smart home. Returns what is to be said to a person, if anything.
  func take(_ message: WyomingMessage, from connection: Int) -> String? {
    guard connection == number else { return nil }
    switch state {
    case .absent: return nil
    case .resting:
      if case .audioStart = message { return "an announcement was not played: glasses are spoken to in answer only" }
      return nil
    case .running(let inbox):
      if inbox.offer(message) { return nil }
      state = .discarding(until: .now + Self.patience)
      return "the smart home sends more sound than is taken"
    case .discarding(let until):
      switch message {
      case .audioStop, .error: state = .resting
      default: if ContinuousClock.now > until { state = .resting }
      }
      return nil
    }
  }

  /// Begins a run; nil when the smart home is away.
  func begin() async throws -> SatelliteInbox? {
    switch state {
    case .absent: return nil
    case .running: abandon()
    case .resting, .discarding: break
    }
    if case .discarding(let until) = state, ContinuousClock.now <= until {
      // Another question before the old run is over: its answer would be taken for the new one's.
      return nil
    }
    let inbox = SatelliteInbox()
    state = .running(inbox)
    try await send(.runPipeline(WyomingPipeline(from: .asr, to: .tts)))
    return inbox
  }

  func send(_ message: WyomingMessage) async throws {
    guard let outgoing else { throw WyomingFailure.connection("the smart home is away") }
    do {
      try await outgoing.write(message.event)
    } catch let error as CancellationError {
      throw error
    } catch {
      throw WyomingFailure.connection("the smart home closed the connection")
    }
  }

  /// The run was answered to its end.
  func finish(_ inbox: SatelliteInbox) {
    if case .running(let current) = state, current === inbox { state = .resting }
  }

  /// Nobody waits for the rest of the run.
  func abandon(_ inbox: SatelliteInbox) {
    if case .running(let current) = state, current === inbox { abandon() }
  }

  private func abandon() {
    endRun()
    state = .discarding(until: .now + Self.patience)
  }

  private func endRun() {
    if case .running(let inbox) = state { inbox.close() }
  }
}
