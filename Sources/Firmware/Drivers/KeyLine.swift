import CInput
import HAL
import Units

/// A key of an input device as a line: what a button is that the kernel's own `gpio-keys` holds, so that it can wake the system from suspend.
///
/// A board names it in place of a chip: `chip = "input:gpio-keys"`, the device's name, or its path in `/dev/input`; `line` is the key's number
/// (linux/input-event-codes.h). Polarity, bias and debounce are the device tree's, so none may be stated here but `active = "high"`.
public final class KeyLine: GPIOLine {
  private var key: Int32
  private let code: UInt16

  private static let prefix: StaticString = "input:"
  private static let nothingWaits: Int32 = -11  // -EAGAIN
  private static let invalid: Int32 = 22  // EINVAL

  private init(key: Int32, code: UInt16) {
    self.key = key
    self.code = code
  }

  deinit { close() }

  /// The device that a board's name for a chip means; nil when it is a GPIO chip's.
  static func device(of chip: String) -> String? {
    if chip.utf8.starts(with: "/dev/input/".utf8) { return chip }
    let length = prefix.utf8CodeUnitCount
    guard chip.utf8.count > length, prefix.withUTF8Buffer({ chip.utf8.starts(with: $0) }) else { return nil }
    return String(decoding: chip.utf8.dropFirst(length), as: UTF8.self)
  }

  static func request(_ description: LineDescription, device: String, _ use: LineUse) -> Result<any GPIOLine, LineError> {
    guard let code = UInt16(description.line), !description.isActiveLow, description.bias == .asIs else {
      return .failure(LineError(errno: invalid))
    }
    if case .output = use { return .failure(LineError(errno: invalid)) }
    let key = device.withCString { sotto_key_open($0, code) }
    guard key >= 0 else { return .failure(LineError(errno: -key)) }
    return .success(KeyLine(key: key, code: code))
  }

  public var descriptor: Int32 { key }
  public func level() -> Int32 { key < 0 ? LineError.gone : sotto_key_level(key, code) }
  public func set(active: Bool) -> Int32 { -KeyLine.invalid }

  public func takeEdges(into edges: inout [LineEdge]) -> Int32 {
    guard key >= 0 else { return LineError.gone }
    while true {
      var event = sotto_key_event()
      let result = sotto_key_take(key, code, &event)
      if result == KeyLine.nothingWaits { return 0 }
      if result < 0 { return result }
      // What was dropped is made up for by the level, for which is asked after each edge.
      if result == 0 { edges.append(LineEdge(active: event.pressed, at: Instant(nanoseconds: event.nanoseconds))) }
    }
  }

  public func close() {
    sotto_key_close(key)
    key = -1
  }
}
