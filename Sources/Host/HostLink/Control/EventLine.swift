import Foundation
import Wire

/// An event as one line of JSON: what `--json` prints and what the control socket carries. Fields that do not apply are left out;
/// docs/host.md lists them.
public struct EventLine: Codable, Sendable, Equatable {
  public var event: String
  public var address: String?
  public var attempts: Int?
  public var device: String?
  public var digits: String?
  public var fingerprint: String?
  public var outcome: String?
  public var peer: String?
  public var reason: String?
  public var seconds: Int?
  public var text: String?
  public var turn: UInt32?

  private enum CodingKeys: String, CodingKey {
    case event, address, attempts, device, digits, fingerprint, outcome, peer, reason, seconds, text, turn
  }

  public init(event: String) { self.event = event }

  public init(_ event: HostEvent) {
    switch event {
    case .listening(let address):
      self.init(event: "listening")
      self.address = address
    case .refused(let peer, let reason):
      self.init(event: "refused")
      self.peer = peer
      self.reason = reason
    case .sessionBegan(let device, let fingerprint, let peer):
      self.init(event: "session_began")
      self.device = device
      self.fingerprint = fingerprint.hex
      self.peer = peer
    case .sessionEnded(let device, let fingerprint, let reason):
      self.init(event: "session_ended")
      self.device = device
      self.fingerprint = fingerprint.hex
      self.reason = reason
    case .turnBegan(let device, let turn):
      self.init(event: "turn_began")
      self.device = device
      self.turn = turn
    case .transcript(let device, let turn, let text):
      self.init(event: "transcript")
      self.device = device
      self.turn = turn
      self.text = text
    case .answer(let device, let turn, let text):
      self.init(event: "answer")
      self.device = device
      self.turn = turn
      self.text = text
    case .turnEnded(let device, let turn, let outcome):
      self.init(event: "turn_ended")
      self.device = device
      self.turn = turn
      self.outcome = outcome
    case .pairing(let event): self.init(event)
    case .warning(let text):
      self.init(event: "warning")
      self.text = text
    }
  }

  public init(_ event: PairingProgress) {
    switch event {
    case .opened(let seconds, let attempts):
      self.init(event: "pairing_open")
      self.seconds = seconds
      self.attempts = attempts
    case .digits(let digits, let device):
      self.init(event: "digits")
      self.digits = digits
      self.device = device
    case .failed(let reason):
      self.init(event: "pairing_failed")
      self.reason = reason
    case .paired(let device, let fingerprint):
      self.init(event: "paired")
      self.device = device
      self.fingerprint = fingerprint.hex
    case .closed(let end):
      self.init(event: "pairing_closed")
      reason = end.words
    }
  }

  /// The pairing event that it stands for; nil for any other.
  public var pairing: PairingProgress? {
    switch event {
    case "pairing_open":
      guard let seconds, let attempts else { return nil }
      return .opened(seconds: seconds, attempts: attempts)
    case "digits":
      guard let digits, let device else { return nil }
      return .digits(digits, device: device)
    case "pairing_failed":
      guard let reason else { return nil }
      return .failed(reason)
    case "paired":
      guard let device, let fingerprint = fingerprint.flatMap({ Fingerprint(hex: $0) }) else { return nil }
      return .paired(device: device, fingerprint: fingerprint)
    case "pairing_closed":
      guard let reason else { return nil }
      return .closed(PairingEnd(words: reason))
    default: return nil
    }
  }

  /// One line without its end, keys in alphabetical order.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { preconditionFailure("strings and numbers always encode") }
    return String(decoding: data, as: UTF8.self)
  }

  public init?(json line: some Sequence<UInt8>) {
    guard let parsed = try? JSONDecoder().decode(EventLine.self, from: Data(line)) else { return nil }
    self = parsed
  }
}

extension PairingEnd {
  init(words: String) {
    switch words {
    case PairingEnd.timeOver.words: self = .timeOver
    case PairingEnd.noAttemptsLeft.words: self = .noAttemptsLeft
    case PairingEnd.digitsDiffer.words: self = .digitsDiffer
    default: self = .closed(words)
    }
  }
}
