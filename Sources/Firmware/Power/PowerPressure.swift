import HAL
import Units

/// How much the battery or the temperature press for doing less.
public enum PowerPressure: UInt8, Sendable, Hashable, Comparable {
  case none = 0
  /// Deferrable work waits until its deadline unless it costs nothing extra, and new such work is paid from an allowance.
  case saving = 1
  /// Deferrable work that was accepted waits for its deadline; new such work is refused.
  case critical = 2

  public static func < (a: PowerPressure, b: PowerPressure) -> Bool { a.rawValue < b.rawValue }
}

/// Turns readings into a pressure, at the thresholds of the board file that the stages have too, and with their hysteresis. Battery and
/// temperature press independently; the stronger counts. While it is being charged the battery does not press.
public struct PressureGauge: Sendable {
  private var batteryGauge: BatteryGauge
  private var thermalGauge: ThermalGauge

  public init(battery: BatteryThresholds = BatteryThresholds(), thermal: ThermalThresholds = ThermalThresholds()) {
    batteryGauge = BatteryGauge(battery)
    thermalGauge = ThermalGauge(thermal)
  }

  public var pressure: PowerPressure { max(batteryGauge.stage.pressure, thermalGauge.stage.pressure) }

  public mutating func battery(_ reading: BatteryReading) { batteryGauge.take(reading) }
  public mutating func thermal(_ reading: DeciCelsius) { thermalGauge.take(reading) }
}

extension BatteryStage {
  /// What the stage means to the scheduler.
  public var pressure: PowerPressure {
    switch self {
    case .normal: .none
    case .low: .saving
    case .critical, .shutdown: .critical
    }
  }
}

extension ThermalStage {
  /// What the stage means to the scheduler.
  public var pressure: PowerPressure {
    switch self {
    case .normal: .none
    case .warm: .saving
    case .hot, .shutdown: .critical
    }
  }
}
