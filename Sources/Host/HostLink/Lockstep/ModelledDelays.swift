import Assistant
import Units

/// How long the engines are taken to need in virtual time. The figures are rounded from runs of the embedded engines on a 2-core desktop.
public struct ModelledDelays: Sendable, Equatable {
  /// From the end of speech to the final transcript. A typed question needs none.
  public var finalTranscript: Duration = .milliseconds(200)
  /// From the final transcript, or the picture's text, to the first sentence.
  public var firstSentence: Duration = .milliseconds(50)
  /// From the first sentence to its first sound.
  public var firstSound: Duration = .milliseconds(150)
  /// Speech is made this many times faster than it is heard. At least 1.
  public var speechRate = 4
  /// From the picture to the text in it.
  public var picture: Duration = .milliseconds(230)

  public init() {}
}

/// Gives each output of a turn the instant at which it would have been made. A pure value, one per turn.
struct ModelledTurn: Sendable {
  private let delays: ModelledDelays
  private var cursor = Instant.zero
  private var times = EngineTimes()
  private var isTyped = false
  private var hasSentence = false
  private var hasSpeech = false

  init(_ delays: ModelledDelays) { self.delays = delays }

  /// An input reached the turn.
  mutating func input(_ input: TurnInput, at now: Instant) {
    cursor = max(cursor, now)
    switch input {
    case .text: isTyped = true
    case .picture: cursor += delays.picture
    case .audio, .endOfSpeech, .pictureFollows, .pictureFailed, .cancel: break
    }
  }

  /// The reports that follow from one, with their instants in order. Speech is divided into single packets.
  mutating func time(_ report: TurnReport) -> [(at: Instant, report: TurnReport)] {
    switch report {
    case .transcript(_, let isFinal):
      if isFinal, !isTyped {
        cursor += delays.finalTranscript
        times.recogniser = delays.finalTranscript
      }
    case .answer:
      if !hasSentence {
        cursor += delays.firstSentence
        times.language = delays.firstSentence
      }
      hasSentence = true
    case .speech(let packets):
      if !hasSpeech {
        cursor += delays.firstSound
        times.speech = delays.firstSound
      }
      hasSpeech = true
      return packets.map { packet in
        defer { cursor += SpeechPacer.packet / max(1, delays.speechRate) }
        return (cursor, .speech([packet]))
      }
    case .times: return [(cursor, .times(times))]
    case .soundsFinished, .wantPicture, .card, .reminder, .ended: break
    }
    return [(cursor, report)]
  }
}
