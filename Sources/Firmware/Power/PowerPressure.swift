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

/// Where pressure begins and ends.
public struct PressureThresholds: Sendable, Hashable {
  /// At or below: `saving`. Phones begin to save at 15 % (Android) to 20 % (iOS).
  public var savingCharge = Percent(20)
  /// At or below: `critical`. What is left is for the wearer's own questions.
  public var criticalCharge = Percent(8)
  /// At or above: `saving`, so that the next threshold is approached slowly.
  public var savingTemperature = DeciCelsius(400)
  /// At or above: `critical`. ISO 13732-1 puts the burn threshold of skin contact for eight hours at 43 °C, of any material.
  public var criticalTemperature = DeciCelsius(430)
  /// A pressure ends only when the value is this far on the good side, so that it does not flicker.
  public var chargeMargin = Percent(3)
  public var temperatureMargin = DeciCelsius(20)

  public init() {}
}

/// Turns readings into a pressure, with hysteresis. Battery and temperature press independently; the stronger counts.
public struct PressureGauge: Sendable {
  private let thresholds: PressureThresholds
  private var charge = PowerPressure.none
  private var temperature = PowerPressure.none

  public init(_ thresholds: PressureThresholds = PressureThresholds()) {
    self.thresholds = thresholds
  }

  public var pressure: PowerPressure { max(charge, temperature) }

  /// While it is being charged the battery does not press.
  public mutating func battery(_ reading: Percent, isCharging: Bool) {
    let value = isCharging ? 100 : Int32(reading.value)
    charge = Self.pressure(
      of: -value, saving: -Int32(thresholds.savingCharge.value), critical: -Int32(thresholds.criticalCharge.value),
      margin: Int32(thresholds.chargeMargin.value), before: charge)
  }

  public mutating func thermal(_ reading: DeciCelsius) {
    temperature = Self.pressure(
      of: reading.value, saving: thresholds.savingTemperature.value, critical: thresholds.criticalTemperature.value,
      margin: thresholds.temperatureMargin.value, before: temperature)
  }

  /// Larger values press more. A level that was reached is left below its threshold by more than the margin.
  private static func pressure(
    of value: Int32, saving: Int32, critical: Int32, margin: Int32, before: PowerPressure
  ) -> PowerPressure {
    if value >= (before >= .critical ? critical - margin : critical) { return .critical }
    return value >= (before >= .saving ? saving - margin : saving) ? .saving : .none
  }
}
