import HAL

/// A stage that the wearer should know of.
public enum StageNotice: Sendable, Hashable {
  case battery(BatteryStage)
  case thermal(ThermalStage)
}

/// What the wearer has yet to be told of battery and temperature: each stage once when it is entered, and only the worst that has come
/// meanwhile. What passes before it was told is not told. Switching off is no news of this kind: it cannot wait.
public struct StageNews: Sendable, Hashable {
  private var battery = BatteryStage.normal
  private var thermal = ThermalStage.normal
  private var batteryNews: BatteryStage?
  private var thermalNews: ThermalStage?

  public init() {}

  /// The stages are these now. True when either is another than before.
  public mutating func note(_ battery: BatteryStage, _ thermal: ThermalStage) -> Bool {
    let hasChanged = battery != self.battery || thermal != self.thermal
    if battery > self.battery { batteryNews = battery }
    if let news = batteryNews, news > battery { batteryNews = nil }
    if thermal > self.thermal { thermalNews = thermal }
    if let news = thermalNews, news > thermal { thermalNews = nil }
    self.battery = battery
    self.thermal = thermal
    return hasChanged
  }

  /// The next to be told.
  public var next: StageNotice? {
    if let batteryNews, batteryNews != .shutdown { return .battery(batteryNews) }
    if let thermalNews, thermalNews != .shutdown { return .thermal(thermalNews) }
    return nil
  }

  /// The wearer knows `next`.
  public mutating func told() {
    if let batteryNews, batteryNews != .shutdown { self.batteryNews = nil } else { thermalNews = nil }
  }
}
