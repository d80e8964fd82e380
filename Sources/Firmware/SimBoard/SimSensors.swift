import HAL
import Units

/// The fuel gauge of the simulated board.
public final class SimBattery: Battery {
  private let hub: Hub
  private var charge: Percent
  private var isCharging = false

  init(hub: Hub, charge: Percent) {
    self.hub = hub
    self.charge = charge
  }

  public func read() throws(DeviceError) -> BatteryReading { reading }

  func set(charge: Percent) {
    guard charge != self.charge else { return }
    self.charge = charge
    hub.post(.batteryChanged(reading))
  }

  func set(isCharging: Bool) {
    guard isCharging != self.isCharging else { return }
    self.isCharging = isCharging
    hub.post(.batteryChanged(reading))
  }

  private var reading: BatteryReading {
    BatteryReading(charge: charge, voltage: SimBattery.voltage(at: charge), isCharging: isCharging)
  }

  /// Resting voltage of a lithium-polymer cell at every tenth percent: the usual shape, steep at both ends. Only its order matters here.
  private static let curve: [Int32] = [3300, 3600, 3690, 3730, 3770, 3800, 3850, 3920, 3990, 4080, 4200]

  static func voltage(at charge: Percent) -> Millivolts {
    let (step, rest) = Int(charge.value).quotientAndRemainder(dividingBy: 10)
    guard step + 1 < curve.count else { return Millivolts(curve[curve.count - 1]) }
    return Millivolts(curve[step] + (curve[step + 1] - curve[step]) * Int32(rest) / 10)
  }
}

/// The accelerometer of the simulated board.
public final class SimMotion: Motion {
  private let hub: Hub
  private(set) var isTiltWatched = false

  init(hub: Hub) { self.hub = hub }

  public func watchTilt() throws(DeviceError) { isTiltWatched = true }
  public func ignoreTilt() { isTiltWatched = false }

  func tap() { hub.post(.tapped(at: hub.now())) }
  func tilt() { if isTiltWatched { hub.post(.tilted(at: hub.now())) } }
}

/// The temperature of the simulated board.
public final class SimThermal: Thermal {
  private let hub: Hub
  private var temperature: DeciCelsius

  init(hub: Hub, temperature: DeciCelsius) {
    self.hub = hub
    self.temperature = temperature
  }

  public func read() throws(DeviceError) -> DeciCelsius { temperature }

  func set(_ temperature: DeciCelsius) {
    guard temperature != self.temperature else { return }
    self.temperature = temperature
    hub.post(.thermalChanged(temperature))
  }
}
