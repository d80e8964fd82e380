import Engagement
import HAL
import Power
import Units
import Voice

/// How loud the wearer asks, so that a quieter voice is not taken for the wearer's.
struct QuestionLevel: Sendable {
  private var sum: UInt64 = 0
  private var samples = 0

  /// One frame of the question; what is not voiced is no measure of the voice.
  mutating func take(_ frame: Span<Int16>, _ voicing: Voicing) {
    guard voicing.isVoiced else { return }
    for index in frame.indices { sum += UInt64(frame[index].magnitude) * UInt64(frame[index].magnitude) }
    samples += frame.count
  }

  /// Root mean square in decibels of full scale; nil before half a second of voice.
  var decibels: Float? {
    guard samples >= AudioFormat.captureRate / 2 else { return nil }
    return Float(SoundLevel(sumOfSquares: sum, count: samples).centibels) / 100
  }
}

extension Glasses {
  /// What an interruption's first words may have had before they were noticed: soft consonants.
  static var interruptionLead: Duration { .milliseconds(150) }

  /// The wearer may interrupt by voice: the microphone is on while the glasses think or speak.
  var isInterruptible: Bool {
    switch engagement.state {
    case .thinking, .presenting: conductor.broker.level(of: .microphone) > Level.off
    case .notWorn, .dormant, .armed, .engaged, .pairing: false
    }
  }

  /// While the wearer may interrupt, the speaker holds no more than two periods of the microphone, whose pace feeds it, and 20 ms: what is decided
  /// is heard soon.
  var speakerLead: Int {
    guard isInterruptible else { return .max }
    return SampleTime.samples(in: description.listening.engagedPeriod * 2 + SampleTime.frame, rate: AudioFormat.playbackRate)
  }

  func beginInterruptible() { interruption.begin(ownLevel: questionLevel.decibels) }

  /// What the wearer's voice does to the answer.
  func disturb(_ action: InterruptionAction, at now: Instant) {
    guard isInterruptible else { return }
    switch action {
    case .duck:
      playback.duck(true)
      tracer.mark("ducked", turn: engagement.turn, at: now)
    case .pause:
      playback.pause(pending: board.speaker?.pending ?? 0)
      board.speaker?.drop()
      echo.reference.cut(at: now)
      answer.isDraining = false
      tracer.mark("paused", turn: engagement.turn, at: now)
    case .resume:
      endDisturbance()
      tracer.mark("resumed", turn: engagement.turn, at: now)
      feedSpeaker(at: now)
    case .stop(let onset):
      interruptionOnset = onset
      tracer.mark("barge_in", turn: engagement.turn, at: now) { $0.add("onset_us", onset.nanoseconds / 1000) }
      conductor.post(.bargeIn)
    }
  }

  /// The answer goes on as if nothing had been.
  func endDisturbance() {
    playback.duck(false)
    if playback.isPaused { playback.resume() }
  }
}
