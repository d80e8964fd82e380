import Units

/// The input pins of a pair of glasses by what they mean. Raw values are fixed.
public enum InputLine: UInt8, Sendable, Hashable, CaseIterable {
  case button = 0
  /// Active while the glasses sit on a head.
  case wear = 1
  /// Active while hardware hears a sound: a microphone or a comparator that listens by itself at little power.
  case sound = 2
}

/// The output pins. Raw values are fixed.
public enum OutputLine: UInt8, Sendable, Hashable, CaseIterable {
  /// The light that others see while camera or microphone feed anything beyond the device.
  case indicator = 0
  /// Active during the privacy hold: for a light that the wearer sees, or a switch in the supply of microphone and camera.
  case privacy = 1
}

/// Digital lines. Levels are logical: the board applies polarity, bias and, where the kernel offers it, debounce.
/// Each change of an input is reported as `BoardEvent.edge` with the time of the edge itself.
public protocol Pins: AnyObject {
  /// Lines that the board has.
  func has(_ line: InputLine) -> Bool
  func has(_ line: OutputLine) -> Bool
  /// Whether changes of an input are wanted. Those of `sound` are not at first, and its level is known only while they are: a sound shall wake nobody who
  /// does not listen. Those of the others always are.
  func attend(_ line: InputLine, _ wanted: Bool)
  func level(of line: InputLine) throws(DeviceError) -> Bool
  func set(_ line: OutputLine, active: Bool) throws(DeviceError)
  /// The level that the line really has, read from the sense line where the board has one, else from the output itself.
  func readBack(_ line: OutputLine) throws(DeviceError) -> Bool
}

extension Pins {
  /// Every board has the indicator; the privacy line is for the makers who fit one.
  public func has(_ line: OutputLine) -> Bool { line == .indicator }

  /// For boards without a line that tells of sound.
  public func attend(_ line: InputLine, _ wanted: Bool) {}
}
