import Wire

/// What a person or a program that watches the host is told. It holds no secrets: fingerprints and digits are public.
public enum HostEvent: Sendable, Equatable {
  case listening(address: String)
  /// A connection that did not become a session.
  case refused(peer: String, reason: String)
  case sessionBegan(device: String, fingerprint: Fingerprint, peer: String)
  case sessionEnded(device: String, fingerprint: Fingerprint, reason: String)
  case turnBegan(device: String, turn: UInt32)
  case transcript(device: String, turn: UInt32, text: String)
  case answer(device: String, turn: UInt32, text: String)
  case turnEnded(device: String, turn: UInt32, outcome: String)
  case pairing(PairingProgress)
  case warning(String)

  /// Whether it says what the wearer or the assistant said: such events belong into no log unless somebody asks for them.
  public var holdsWords: Bool {
    switch self {
    case .transcript, .answer: true
    case .listening, .refused, .sessionBegan, .sessionEnded, .turnBegan, .turnEnded, .pairing, .warning: false
    }
  }
}

/// How a pairing window goes, from its opening to its end.
public enum PairingProgress: Sendable, Equatable {
  case opened(seconds: Int, attempts: Int)
  /// Compare with what the glasses say.
  case digits(String, device: String)
  /// This attempt is over, with the reason; the window is still open unless `closed` follows.
  case failed(String)
  /// Ends the window.
  case paired(device: String, fingerprint: Fingerprint)
  /// Ends the window without a pairing.
  case closed(PairingEnd)

  /// Whether nothing follows.
  public var isLast: Bool {
    switch self {
    case .paired, .closed: true
    case .opened, .digits, .failed: false
    }
  }
}

/// Why a pairing window closed without a pairing.
public enum PairingEnd: Sendable, Equatable {
  case timeOver
  case noAttemptsLeft
  /// The person at the host said no.
  case digitsDiffer
  /// Someone closed it: the person left, or the host shuts down.
  case closed(String)

  public var words: String {
    switch self {
    case .timeOver: "the time for pairing is over"
    case .noAttemptsLeft: "no attempts are left"
    case .digitsDiffer: "the digits were not confirmed at the host"
    case .closed(let reason): reason
    }
  }
}
