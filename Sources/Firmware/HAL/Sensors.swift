import Units

public struct BatteryReading: Sendable, Hashable {
  public var charge: Percent
  public var voltage: Millivolts
  public var isCharging: Bool

  public init(charge: Percent, voltage: Millivolts, isCharging: Bool) {
    self.charge = charge
    self.voltage = voltage
    self.isCharging = isCharging
  }
}

/// The fuel gauge. A change of whole percents is reported as `BoardEvent.batteryChanged`.
public protocol Battery: AnyObject {
  func read() throws(DeviceError) -> BatteryReading
}

/// The hottest spot that the board can measure.
public protocol Thermal: AnyObject {
  func read() throws(DeviceError) -> DeciCelsius
}

/// Small named records that survive power loss: keys and pairings. Writes are atomic; on Linux the files have mode 0600.
public protocol Storage: AnyObject {
  /// nil when there is no such record.
  func load(_ name: StaticString) throws(DeviceError) -> [UInt8]?
  func save(_ name: StaticString, _ bytes: Span<UInt8>) throws(DeviceError)
  func remove(_ name: StaticString) throws(DeviceError)
}
