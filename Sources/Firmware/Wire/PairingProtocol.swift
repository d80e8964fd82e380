import CTLS
import Units

// Numeric comparison after Bluetooth LE Secure Connections (Core Specification 5.4, volume 3, part H, 2.3.5.6.2), with the public keys that TLS has
// shown in place of a key exchange of its own. docs/design/0002-pairing-and-session-security.md argues why it holds.
//
//     glasses                                   host
//        request                          ──▶
//                                         ◀──   commitment = SHA-256(tag ‖ host key ‖ glasses key ‖ host nonce)
//        nonce                            ──▶
//                                         ◀──   nonce                (the glasses check the commitment)
//        both show SHA-256(tag ‖ glasses key ‖ host key ‖ glasses nonce ‖ host nonce) mod 10⁶
//        confirmed                        ──▶   (in either order, each once its person has agreed)
//                                         ◀──   confirmed

public enum PairingLimits {
  /// Version of pairing, in the request.
  public static let version: UInt32 = 1
  /// How long pairing stays open after the button hold or the command: time to fetch the other device and compare, too short to be forgotten open.
  public static let window: Duration = .seconds(120)
  /// Connections with a peer in one window. Each gives an attacker in the middle one chance in a million of equal digits.
  public static let attempts = 3
  /// Pause of the glasses before they call again: slow enough to spare the radio, fast against a person's patience.
  public static let retryInterval: Duration = .seconds(1)
}

/// 16 fresh random bytes of one side for one attempt. Never used twice.
public struct Nonce: Hashable, Sendable {
  public static let size = 16
  private let high: UInt64
  private let low: UInt64

  /// nil unless `bytes` are exactly `size`.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count == Self.size else { return nil }
    high = bytes.word(at: 0)
    low = bytes.word(at: 8)
  }

  /// From the system's cryptographic generator.
  public static func random() -> Nonce {
    var bytes = [UInt8](repeating: 0, count: size)
    let isRandom = ctls_random(&bytes, size)
    guard isRandom, let nonce = Nonce(bytes.span) else { fatalError("the system gives no random bytes") }
    return nonce
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(word: high)
    bytes.append(word: low)
    return bytes
  }
}

/// The six digits that both people compare, 0…999,999.
public struct PairingDigits: Hashable, Sendable {
  static let modulus: UInt64 = 1_000_000
  public let value: UInt32

  /// The first 64 bits of a hash, modulo a million. Of 2⁶⁴ values, no result is more than 10⁶/2⁶⁴ ≈ 5·10⁻¹⁴ (relative) likelier than another.
  init(glasses: Fingerprint, host: Fingerprint, glassesNonce: Nonce, hostNonce: Nonce) {
    let digest = sha256(
      tagged("sotto-pair/1 digits", glasses.bytes, host.bytes, glassesNonce.bytes, hostNonce.bytes).span)
    value = UInt32(digest.span.word(at: 0) % Self.modulus)
  }

  /// Always six characters.
  public var text: String {
    var digits = [UInt8](repeating: UInt8(ascii: "0"), count: 6)
    var rest = value
    for place in (0..<6).reversed() {
      digits[place] += UInt8(rest % 10)
      rest /= 10
    }
    return String(decoding: digits, as: UTF8.self)
  }
}

/// What binds the host to its nonce before it has seen the glasses'.
func commitment(host: Fingerprint, glasses: Fingerprint, hostNonce: Nonce) -> [UInt8] {
  sha256(tagged("sotto-pair/1 commitment", host.bytes, glasses.bytes, hostNonce.bytes).span)
}

/// The tag says what the hash is for; a zero ends it. All else has fixed lengths, so no two inputs share their bytes.
private func tagged(_ tag: StaticString, _ parts: [UInt8]...) -> [UInt8] {
  var bytes: [UInt8] = []
  tag.withUTF8Buffer { bytes.append(contentsOf: $0) }
  bytes.append(0)
  for part in parts { bytes.append(contentsOf: part) }
  return bytes
}

/// What happens to either side of a pairing.
public enum PairingEvent: Sendable, Equatable {
  /// The person asked for it: a button hold on the glasses, the command at the host.
  case open
  /// A connection in pairing mode stands. `peer` is the key that TLS proved, `nonce` a new `Nonce.random()`. The owner offers one connection at a time.
  case connected(peer: Fingerprint, nonce: Nonce)
  case message(PairingMessage)
  /// The person has compared the digits and found them equal. Counts only while digits are shown.
  case confirmed
  /// The person found them different, or wants to stop: ends the window.
  case declined
  /// The connection ended or could not be made.
  case disconnected
  /// `deadline` has come.
  case deadline
}

/// Why an attempt or the window ended, or why something was refused. Raw values are fixed.
public enum PairingFailure: UInt8, Sendable, Hashable, CaseIterable {
  case windowOver = 1
  case notOpen = 2
  case outOfOrder = 3
  case malformed = 4
  case wrongReveal = 5
  case reflected = 6
  case declined = 7
  case refusedByPeer = 8
  case disconnected = 9
  case unknownVersion = 10

  /// What a person is told, and the peer in `Refused`.
  public var phrase: StaticString {
    switch self {
    case .windowOver: "the time for pairing is over"
    case .notOpen: "pairing is not open"
    case .outOfOrder: "a message of pairing came out of order"
    case .malformed: "a message of pairing makes no sense"
    case .wrongReveal: "the number does not match what was promised: someone may be in between"
    case .reflected: "the own messages came back: someone may be in between"
    case .declined: "the digits were not confirmed"
    case .refusedByPeer: "the other side refused"
    case .disconnected: "the connection ended before pairing was done"
    case .unknownVersion: "the other side pairs in another version"
    }
  }

  /// What the peer is told.
  var message: PairingMessage { .refused(Refused(reason: phrase.withUTF8Buffer { String(decoding: $0, as: UTF8.self) })) }
}

/// What the owner of a pairing machine is to do, in the order of the members.
public struct PairingActions: Sendable, Equatable {
  /// At most two.
  public var send: [PairingMessage] = []
  /// Show or speak these and ask for confirmation.
  public var show: PairingDigits?
  /// Keep this: both sides have confirmed.
  public var paired: Pairing?
  /// Tell the person. The attempt is over, or what came was refused.
  public var failure: PairingFailure?
  /// Close the connection once everything is sent.
  public var disconnect = false
  /// Call the host (glasses only); ends in `connected` or `disconnected`.
  public var connect = false
  /// The window is closed: nothing more happens until `open`.
  public var isOver = false

  public init() {}
}

/// The time and the attempts that one opening gives.
struct PairingWindow: Sendable, Equatable {
  let end: Instant
  private(set) var attemptsLeft = PairingLimits.attempts
  private var lastNonce: Nonce?

  init(openedAt now: Instant) { end = now + PairingLimits.window }

  mutating func beginAttempt(with nonce: Nonce) {
    // A nonce that an earlier attempt has revealed would let the peer choose the digits.
    precondition(nonce != lastNonce, "each attempt needs a nonce of its own")
    lastNonce = nonce
    attemptsLeft -= 1
  }
}
