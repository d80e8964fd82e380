import HAL
import Units

/// What the glasses may do, as policy has it: nobody who asks for more gets it.
public struct Permissions: Sendable, Hashable {
  /// The microphone may listen locally while nothing is asked.
  public var arming = false
  /// Microphone and camera may be used at all.
  public var capture = true
  public var camera = true
  public var display = true

  public init() {}
}

/// The arming policy: who wears the glasses, what the battery, the temperature and the hour are, and what the wearer wants.
///
/// | | wake word | microphone | camera | display |
/// |---|---|---|---|---|
/// | not worn | no | – | – | – |
/// | privacy hold | no | no | no | |
/// | switched off by the wearer, quiet hours, battery low, warm | no | | | |
/// | battery critical, hot | no | | no | no, where there is a speaker |
/// | switching off | no | no | no | the last word only |
///
/// A pure value: it is told what changes, and `permissions` follows. Readings have hysteresis (`StageLadder`), so that nothing flickers.
public struct ArmingPolicy: Sendable, Hashable {
  public var isWorn = false
  /// Whether the board listens for a wake word at all.
  public var isConfigured: Bool
  /// The privacy hold.
  public var isHeld = false
  /// The wearer has switched the wake word off.
  public var isSilenced = false
  public private(set) var isQuiet = false
  private let quietHours: QuietHours?
  /// Without a speaker the display is the only way to answer: it stays.
  private let canSpeak: Bool
  private var batteryGauge: BatteryGauge
  private var thermalGauge: ThermalGauge

  public init(
    isConfigured: Bool, canSpeak: Bool = true, quiet: QuietHours? = nil, battery: BatteryThresholds = BatteryThresholds(),
    thermal: ThermalThresholds = ThermalThresholds()
  ) {
    self.isConfigured = isConfigured
    self.canSpeak = canSpeak
    quietHours = quiet
    batteryGauge = BatteryGauge(battery)
    thermalGauge = ThermalGauge(thermal)
  }

  public var batteryStage: BatteryStage { batteryGauge.stage }
  public var thermalStage: ThermalStage { thermalGauge.stage }

  /// The glasses have to switch themselves off.
  public var mustEnd: Bool { batteryStage == .shutdown || thermalStage == .shutdown }

  public mutating func battery(_ reading: BatteryReading) { batteryGauge.take(reading) }
  public mutating func thermal(_ reading: DeciCelsius) { thermalGauge.take(reading) }

  /// The wearer's time of day; nil while it is unknown, which is not quiet.
  public mutating func time(_ time: LocalTime?) { isQuiet = quietHours?.contains(time) ?? false }

  public var permissions: Permissions {
    var permissions = Permissions()
    let isScarce = batteryStage >= .critical || thermalStage >= .hot
    permissions.arming =
      isWorn && isConfigured && batteryStage == .normal && thermalStage == .normal && !isQuiet && !isHeld
      && !isSilenced
    permissions.capture = !isHeld && !mustEnd
    permissions.camera = permissions.capture && !isScarce
    permissions.display = mustEnd || !isScarce || !canSpeak
    return permissions
  }
}
