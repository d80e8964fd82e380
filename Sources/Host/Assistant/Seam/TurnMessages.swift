/// What reaches a turn from the glasses.
public enum TurnInput: Sendable {
  /// Speech as it is captured: 16 kHz, mono, any number of samples. Never waits for the recogniser (except in lockstep).
  case audio([Int16])
  /// The wearer has finished; the answer is made while this is handled.
  case endOfSpeech
  /// A typed question instead of speech; handled like `endOfSpeech` with this transcript.
  case text(String)
  /// A picture, or its failure, will come without being asked for.
  case pictureFollows
  /// The picture that `TurnOutput.wantPicture` asked for; the answer goes on while this is handled.
  case picture(Picture)
  /// There will be no picture, with the reason in plain words; the answer goes on and says so.
  case pictureFailed(String)
  /// The wearer stopped the turn, having heard this much of the answer.
  case cancel(heardMilliseconds: Int)
}

/// What a turn says, in order. `ended` comes exactly once, and last.
public enum TurnOutput: Sendable, Equatable {
  /// What was understood so far. After the final one no more come.
  case transcript(String, isFinal: Bool)
  /// The words sound finished: the glasses need not wait for their whole silence. The end of speech is theirs to say all the same.
  case soundsFinished
  /// The answer depends on what the wearer sees: answer with `TurnInput.picture` or `.pictureFailed`. May come while the wearer still
  /// speaks.
  case wantPicture
  /// One sentence of the answer.
  case answer(String)
  /// Speech of the answer: 24 kHz, mono, in pieces of any length.
  case speech([Int16])
  /// What the display is to show; replaces the turn's earlier card.
  case card(title: String, body: String)
  /// To be kept by the glasses and shown when due.
  case reminder(identifier: UInt32, after: Duration, title: String, body: String)
  /// How long the engines took, for the latency account.
  case times(EngineTimes)
  case ended(TurnEnd)
}

/// How a turn ended.
public enum TurnEnd: Sendable, Equatable {
  case answered
  /// The recogniser found no words.
  case nothingHeard
  /// With the reason in plain words.
  case failed(String)
  case cancelled
}

/// The engines' share of the latency from end of speech to first sound: what was waited for, not what was done before. All zero in
/// lockstep, where time is modelled elsewhere.
public struct EngineTimes: Sendable, Equatable {
  /// From end of speech to the final transcript.
  public var recogniser: Duration
  /// From the final transcript (or the picture) to the first sentence.
  public var language: Duration
  /// From the first sentence to its first sound.
  public var speech: Duration
  /// How long before the final transcript the answer was begun; zero when it was not begun ahead.
  public var ahead: Duration

  public init(recogniser: Duration = .zero, language: Duration = .zero, speech: Duration = .zero, ahead: Duration = .zero) {
    self.ahead = ahead
    self.recogniser = recogniser
    self.language = language
    self.speech = speech
  }
}
