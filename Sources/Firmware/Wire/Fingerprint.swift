import CTLS

/// What identifies a pair of glasses or a host: the SHA-256 of its public key (DER SubjectPublicKeyInfo), 32 bytes. Not a secret.
public struct Fingerprint: Hashable, Sendable {
  public static let size = Int(CTLS_DIGEST_SIZE)

  // Four words, the first bytes highest: an array would be an allocation, and would compare slower.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// nil unless `bytes` are exactly `size`.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count == Self.size else { return nil }
    words = (bytes.word(at: 0), bytes.word(at: 8), bytes.word(at: 16), bytes.word(at: 24))
  }

  /// The fingerprint of the key in an X.509 certificate; nil when the bytes are not one.
  public init?(certificateDER: Span<UInt8>) {
    var digest = [UInt8](repeating: 0, count: Self.size)
    let isParsed = certificateDER.withUnsafeBufferPointer {
      ctls_certificate_fingerprint($0.baseAddress, $0.count, &digest)
    }
    guard isParsed else { return nil }
    self.init(digest.span)
  }

  /// From `hex`; nil unless it is 64 hexadecimal digits of either case.
  public init?(hex: String) {
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in hex.utf8 {
      guard let value = hexValue(digit) else { return nil }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    guard high == nil else { return nil }
    self.init(bytes.span)
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.size)
    bytes.append(word: words.0)
    bytes.append(word: words.1)
    bytes.append(word: words.2)
    bytes.append(word: words.3)
    return bytes
  }

  /// 64 lower-case hexadecimal digits.
  public var hex: String {
    var digits: [UInt8] = []
    for byte in bytes {
      digits.append(hexDigit(byte >> 4))
      digits.append(hexDigit(byte & 15))
    }
    return String(decoding: digits, as: UTF8.self)
  }

  public static func == (a: Fingerprint, b: Fingerprint) -> Bool { a.words == b.words }

  public func hash(into hasher: inout Hasher) {
    // The words are a hash already.
    hasher.combine(words.0)
  }
}

extension Fingerprint: CustomStringConvertible {
  public var description: String { hex }
}

private func hexDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

private func hexValue(_ digit: UInt8) -> UInt8? {
  switch digit {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
  default: nil
  }
}

extension Span where Element == UInt8 {
  /// Eight bytes from `start` on, the first highest.
  func word(at start: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in start..<start + 8 { word = word << 8 | UInt64(self[index]) }
    return word
  }
}

extension Array where Element == UInt8 {
  mutating func append(word: UInt64) {
    for shift in 0..<8 { append(UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * shift))) }
  }
}

/// SHA-256, 32 bytes.
func sha256(_ bytes: Span<UInt8>) -> [UInt8] {
  var digest = [UInt8](repeating: 0, count: Int(CTLS_DIGEST_SIZE))
  let isDone = bytes.withUnsafeBufferPointer { ctls_sha256($0.baseAddress, $0.count, &digest) }
  precondition(isDone, "SHA-256 needs no more than memory")
  return digest
}
