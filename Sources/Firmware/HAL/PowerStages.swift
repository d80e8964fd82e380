import Units

/// How far the battery has fallen. Raw values are fixed: they stand in traces.
public enum BatteryStage: UInt8, Sendable, Hashable, Comparable, CaseIterable {
  case normal = 0
  /// No listening for a wake word; the button works.
  case low = 1
  /// No camera and no display; answers are heard.
  case critical = 2
  /// The glasses switch themselves off.
  case shutdown = 3

  public static func < (a: BatteryStage, b: BatteryStage) -> Bool { a.rawValue < b.rawValue }
}

/// How warm the glasses are. Raw values are fixed: they stand in traces.
public enum ThermalStage: UInt8, Sendable, Hashable, Comparable, CaseIterable {
  case normal = 0
  /// As `BatteryStage.low`.
  case warm = 1
  /// As `BatteryStage.critical`.
  case hot = 2
  /// The glasses switch themselves off.
  case shutdown = 3

  public static func < (a: ThermalStage, b: ThermalStage) -> Bool { a.rawValue < b.rawValue }
}

/// Where the stages of the battery begin; each at or below its charge. They descend.
public struct BatteryThresholds: Sendable, Hashable {
  /// Phones begin to save at 15 % (Android) to 20 % (iOS).
  public var low = Percent(20)
  /// What is left is for the wearer's own questions.
  public var critical = Percent(8)
  /// Enough for an orderly end: gauges are a few percent wrong near empty.
  public var shutdown = Percent(3)
  /// A stage ends when the charge is more than this above where it began.
  public var margin = Percent(3)

  public init() {}
}

/// Where the stages of temperature begin; each at or above its temperature. They ascend.
public struct ThermalThresholds: Sendable, Hashable {
  /// So that the next one is approached slowly.
  public var warm = DeciCelsius(400)
  /// ISO 13732-1 puts the burn threshold of skin contact for eight hours at 43 °C, of any material.
  public var hot = DeciCelsius(430)
  /// The same standard's threshold for ten minutes.
  public var shutdown = DeciCelsius(480)
  /// A stage ends when the temperature is more than this below where it began.
  public var margin = DeciCelsius(20)

  public init() {}
}

/// Readings of the fuel gauge as a stage. While it is being charged a battery is in none.
public struct BatteryGauge: Sendable, Hashable {
  private var ladder: StageLadder

  public init(_ thresholds: BatteryThresholds = BatteryThresholds()) {
    ladder = StageLadder(
      -Int32(thresholds.low.value), -Int32(thresholds.critical.value), -Int32(thresholds.shutdown.value),
      margin: Int32(thresholds.margin.value))
  }

  public var stage: BatteryStage { BatteryStage(rawValue: ladder.stage) ?? .normal }

  public mutating func take(_ reading: BatteryReading) {
    // Far on the good side, so that no margin holds it back.
    ladder.take(reading.isCharging ? -Int32(UInt8.max) : -Int32(reading.charge.value))
  }
}

/// Readings of temperature as a stage.
public struct ThermalGauge: Sendable, Hashable {
  private var ladder: StageLadder

  public init(_ thresholds: ThermalThresholds = ThermalThresholds()) {
    ladder = StageLadder(
      thresholds.warm.value, thresholds.hot.value, thresholds.shutdown.value, margin: thresholds.margin.value)
  }

  public var stage: ThermalStage { ThermalStage(rawValue: ladder.stage) ?? .normal }

  public mutating func take(_ reading: DeciCelsius) { ladder.take(reading.value) }
}

/// The hours in which the glasses keep quiet, by the wearer's time of day.
public struct QuietHours: Sendable, Hashable {
  public var from: LocalTime
  /// The first moment that is not quiet any more.
  public var to: LocalTime

  /// Over midnight when `to` is earlier than `from`; equal ends hold nothing.
  public init(from: LocalTime, to: LocalTime) {
    self.from = from
    self.to = to
  }

  /// An unknown time is not quiet.
  public func contains(_ time: LocalTime?) -> Bool {
    guard let time else { return false }
    return from <= to ? time >= from && time < to : time >= from || time < to
  }
}
