import Units

/// Why a device refused or failed. The raw values are fixed: they travel on the wire and stand in traces.
public enum FailureCause: UInt8, Sendable, Hashable {
  /// The board has no such part.
  case absent = 1
  /// The part was there and went away (unplugged, file gone).
  case removed = 2
  /// Another holder has it.
  case busy = 3
  /// The request does not fit the part (format, size, rate).
  case unsupported = 4
  /// What was read is not what was expected (a broken WAV, a picture that does not decode).
  case malformed = 5
  /// No answer in time.
  case timedOut = 6
  /// The caller may not use it.
  case forbidden = 7
  /// No room left.
  case full = 8
  /// The device reported an error: see `errno`.
  case io = 9
  /// The peer refused or closed.
  case refused = 10
}

/// The parts of a board, as they are named in errors, traces and power figures. Raw values are fixed.
public enum Part: UInt8, Sendable, Hashable, CaseIterable {
  case processor = 1
  case camera = 2
  case microphone = 3
  case speaker = 4
  case display = 5
  case link = 6
  case indicator = 7
  case pins = 8
  case battery = 9
  case thermal = 10
  case storage = 11
  case motion = 12

  public var name: StaticString {
    switch self {
    case .processor: "processor"
    case .camera: "camera"
    case .microphone: "microphone"
    case .speaker: "speaker"
    case .display: "display"
    case .link: "link"
    case .indicator: "indicator"
    case .pins: "pins"
    case .battery: "battery"
    case .thermal: "thermal"
    case .storage: "storage"
    case .motion: "motion"
    }
  }
}

/// A failed operation of a device: which part, what was asked of it, why it failed.
public struct DeviceError: Error, Sendable {
  public var part: Part
  /// The operation in the field's words: `open`, `start`, `read`, `read-back`…
  public var operation: StaticString
  public var cause: FailureCause
  /// The system's error number, 0 where there is none.
  public var errno: Int32

  public init(_ part: Part, _ operation: StaticString, _ cause: FailureCause, errno: Int32 = 0) {
    self.part = part
    self.operation = operation
    self.cause = cause
    self.errno = errno
  }
}

extension FailureCause {
  /// What a person is told.
  public var phrase: StaticString {
    switch self {
    case .absent: "is not there"
    case .removed: "went away"
    case .busy: "is in use by something else"
    case .unsupported: "cannot do that"
    case .malformed: "gave data that makes no sense"
    case .timedOut: "did not answer in time"
    case .forbidden: "may not be used"
    case .full: "is full"
    case .io: "reported an error"
    case .refused: "refused"
    }
  }
}

extension TextBuffer {
  /// `error` for a person: `microphone, open: is in use by something else (error 16)`.
  public mutating func append(_ error: DeviceError) {
    append(error.part.name)
    append(", ")
    append(error.operation)
    append(": ")
    append(error.cause.phrase)
    guard error.errno != 0 else { return }
    append(" (error ")
    append(error.errno)
    append(byte: UInt8(ascii: ")"))
  }
}
