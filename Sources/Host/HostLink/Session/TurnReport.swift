import Assistant

/// What a turn says to its session: `TurnOutput` with the speech already coded.
public enum TurnReport: Sendable, Equatable {
  case transcript(String, isFinal: Bool)
  case soundsFinished
  case wantPicture
  case answer(String)
  /// Opus packets of 20 ms each.
  case speech([[UInt8]])
  case card(title: String, body: String)
  case reminder(identifier: UInt32, after: Duration, title: String, body: String)
  case times(EngineTimes)
  case ended(TurnEnd)
}

/// The instants of a turn that the host's trace records.
public enum TurnStage: Sendable, Equatable {
  case began
  case endOfSpeech
  case transcript
  case pictureWanted
  case pictureReceived
  case firstSentence
  case firstSpeech
  case ended(TurnEnd)
}
