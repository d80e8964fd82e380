/// Text under construction as UTF-8 bytes, for traces and messages: formatting without Foundation and without a new allocation
/// per line once the buffer has grown.
public struct TextBuffer: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init(reserving capacity: Int = 256) {
    bytes.reserveCapacity(capacity)
  }

  public var span: Span<UInt8> {
    @_lifetime(borrow self) get { bytes.span }
  }

  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
  }

  /// Drops the first `count` bytes.
  public mutating func removeFirst(_ count: Int) {
    bytes.removeFirst(count)
  }

  public mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  public mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  public mutating func append(byte: UInt8) {
    bytes.append(byte)
  }

  public mutating func append<Number: BinaryInteger>(_ number: Number) {
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    var magnitude = number.magnitude
    let start = bytes.count
    repeat {
      let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: 10)
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: remainder))
      magnitude = quotient
    } while magnitude > 0
    bytes[start...].reverse()
  }

  /// `value` thousandths as a decimal with three digits after the point: `1234` is `1.234`.
  public mutating func append(thousandths value: Int64) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    let magnitude = value.magnitude
    append(magnitude / 1000)
    let fraction = magnitude % 1000
    bytes.append(UInt8(ascii: "."))
    bytes.append(UInt8(ascii: "0") + UInt8(fraction / 100))
    bytes.append(UInt8(ascii: "0") + UInt8(fraction / 10 % 10))
    bytes.append(UInt8(ascii: "0") + UInt8(fraction % 10))
  }

  /// `text` as a JSON string with its quotes. Control characters are escaped; other UTF-8 passes through.
  public mutating func append(jsonString text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case UInt8(ascii: "\n"): append("\\n")
      case 0..<0x20:
        append("\\u00")
        append(hexDigit: byte >> 4)
        append(hexDigit: byte & 15)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func append(hexDigit value: UInt8) {
    bytes.append(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10)
  }
}
