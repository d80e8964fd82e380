import CMath

/// Reads the few values that are wanted out of a JSON text from an untrusted file: strings and numbers by their path of keys.
///
/// Everything else is checked for its form (RFC 8259) and passed over. Nesting is bounded.
struct JSONReader {
  struct Failure: Error {
    /// Byte at which the text stops making sense.
    var position: Int
  }

  enum Value {
    case string(String)
    case number(Double)
  }

  private let bytes: [UInt8]
  private var position = 0
  private var path: [String] = []
  private static let deepest = 16
  private static let longestNumber = 32

  /// Calls `found` with the path and value of each string and number, those in arrays left out.
  static func read(_ bytes: [UInt8], _ found: ([String], Value) -> Void) throws(Failure) {
    var reader = JSONReader(bytes: bytes)
    try reader.value(depth: 0, isWanted: true, found)
    reader.skipSpace()
    guard reader.position == bytes.count else { throw Failure(position: reader.position) }
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func next() throws(Failure) -> UInt8 {
    guard position < bytes.count else { throw Failure(position: position) }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func take(_ character: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == character else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int, isWanted: Bool, _ found: ([String], Value) -> Void) throws(Failure) {
    guard depth < Self.deepest else { throw Failure(position: position) }
    skipSpace()
    switch try next() {
    case UInt8(ascii: "{"): try object(depth: depth, isWanted: isWanted, found)
    case UInt8(ascii: "["): try array(depth: depth, found)
    case UInt8(ascii: "\""):
      let text = try string()
      if isWanted { found(path, .string(text)) }
    case UInt8(ascii: "t"): try word("rue")
    case UInt8(ascii: "f"): try word("alse")
    case UInt8(ascii: "n"): try word("ull")
    default:
      position -= 1
      let number = try number()
      if isWanted { found(path, .number(number)) }
    }
  }

  private mutating func object(depth: Int, isWanted: Bool, _ found: ([String], Value) -> Void) throws(Failure) {
    skipSpace()
    if take(UInt8(ascii: "}")) { return }
    repeat {
      skipSpace()
      guard try next() == UInt8(ascii: "\"") else { throw Failure(position: position - 1) }
      path.append(try string())
      skipSpace()
      guard try next() == UInt8(ascii: ":") else { throw Failure(position: position - 1) }
      try value(depth: depth + 1, isWanted: isWanted, found)
      path.removeLast()
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard try next() == UInt8(ascii: "}") else { throw Failure(position: position - 1) }
  }

  private mutating func array(depth: Int, _ found: ([String], Value) -> Void) throws(Failure) {
    skipSpace()
    if take(UInt8(ascii: "]")) { return }
    repeat {
      try value(depth: depth + 1, isWanted: false, found)
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard try next() == UInt8(ascii: "]") else { throw Failure(position: position - 1) }
  }

  private mutating func word(_ rest: StaticString) throws(Failure) {
    for index in 0..<rest.utf8CodeUnitCount {
      guard try next() == rest.utf8Start[index] else { throw Failure(position: position - 1) }
    }
  }

  /// The rest of a string after its first quote.
  private mutating func string() throws(Failure) -> String {
    var text: [UInt8] = []
    while true {
      let byte = try next()
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case 0..<0x20: throw Failure(position: position - 1)
      case 0x5C: try escape(into: &text)
      default: text.append(byte)
      }
    }
  }

  private mutating func escape(into text: inout [UInt8]) throws(Failure) {
    let byte = try next()
    switch byte {
    case UInt8(ascii: "\""), 0x5C, UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): try unicode(into: &text)
    default: throw Failure(position: position - 1)
    }
  }

  private mutating func hexadecimal() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = try next()
      let digit: UInt8 =
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: throw Failure(position: position - 1)
        }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  private mutating func unicode(into text: inout [UInt8]) throws(Failure) {
    var code = try hexadecimal()
    if code >> 10 == 0x36 {
      // The first of a pair; the second follows.
      guard try next() == 0x5C, try next() == UInt8(ascii: "u") else { throw Failure(position: position - 1) }
      let low = try hexadecimal()
      guard low >> 10 == 0x37 else { throw Failure(position: position) }
      code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
    }
    guard let scalar = Unicode.Scalar(code) else { throw Failure(position: position) }
    text.append(contentsOf: String(Character(scalar)).utf8)
  }

  private mutating func number() throws(Failure) -> Double {
    let begin = position
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    guard position - begin <= Self.longestNumber else { throw Failure(position: begin) }
    var text = bytes[begin..<position].map { CChar(bitPattern: $0) }
    text.append(0)
    return sotto_number(text)
  }

  private mutating func digits() throws(Failure) {
    let begin = position
    while position < bytes.count, bytes[position] >= UInt8(ascii: "0"), bytes[position] <= UInt8(ascii: "9") { position += 1 }
    guard position > begin else { throw Failure(position: position) }
  }
}
