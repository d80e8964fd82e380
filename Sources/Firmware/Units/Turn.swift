/// What started a turn. Raw values are fixed.
public enum Trigger: UInt32, Sendable, Equatable {
  case button = 1
  case wakeWord = 2
  case typed = 3
  /// The question was asked while the host was away, and is sent now.
  case kept = 4
}

/// Why the glasses think that the wearer has finished. Raw values are fixed.
public enum EndReason: UInt32, Sendable, Equatable {
  case silence = 1
  case longest = 2
  case button = 3
  /// The host takes the words for a whole question, and there was silence after them.
  case host = 4
}

/// Why a turn ends early. Raw values are fixed.
public enum CancelReason: UInt32, Sendable, Equatable {
  case button = 1
  case bargeIn = 2
  case takenOff = 3
  case nothingSaid = 4
  case timedOut = 5
  case captureFailed = 6
  case shutdown = 7
}

/// How a turn ended at the host. Raw values are fixed.
public enum TurnOutcome: UInt32, Sendable, Equatable {
  case answered = 1
  case nothingHeard = 2
  case failed = 3
  case cancelled = 4
}
