import Foundation

/// What the assistant knows about the glasses that ask.
public struct TurnContext: Sendable {
  /// The paired device, as the host knows it (fingerprint of its key). Memory is kept by device.
  public var deviceIdentifier: String
  /// The name a person gave the glasses.
  public var deviceName: String
  /// The turn's number within the session.
  public var turn: UInt32
  /// The latest status the glasses reported; nil before the first report.
  public var status: StatusOfGlasses?
  /// The wall clock. Skills read no other.
  public var now: @Sendable () -> Date
  /// False when nothing would play the sound: no speech is made then.
  public var wantsSpeech: Bool

  public init(
    deviceIdentifier: String, deviceName: String, turn: UInt32, status: StatusOfGlasses? = nil,
    now: @escaping @Sendable () -> Date = { Date() }, wantsSpeech: Bool = true
  ) {
    self.deviceIdentifier = deviceIdentifier
    self.deviceName = deviceName
    self.turn = turn
    self.status = status
    self.now = now
    self.wantsSpeech = wantsSpeech
  }
}

/// What the glasses last said about themselves.
public struct StatusOfGlasses: Sendable, Equatable {
  /// 0…100; nil when the board has no battery gauge.
  public var batteryPercent: Int?
  public var isCharging: Bool
  public var millivolts: Int?

  public init(batteryPercent: Int? = nil, isCharging: Bool = false, millivolts: Int? = nil) {
    self.batteryPercent = batteryPercent
    self.isCharging = isCharging
    self.millivolts = millivolts
  }
}

/// A compressed picture from the glasses.
public struct Picture: Sendable, Equatable {
  /// How the bytes are laid out.
  public enum Format: Sendable, Equatable { case jpeg, png }

  public var bytes: [UInt8]
  public var format: Format
  /// Clockwise degrees that make it upright: 0, 90, 180 or 270.
  public var rotation: Int

  public init(bytes: [UInt8], format: Format, rotation: Int = 0) {
    self.bytes = bytes
    self.format = format
    self.rotation = rotation
  }
}
