import HAL
import Units

/// The fuel gauge: a folder of `/sys/class/power_supply` (kernel: Documentation/ABI/testing/sysfs-class-power).
///
/// It is read when somebody asks and when the kernel tells that it changed; nothing is polled. A gauge that is pulled out is told
/// once as `deviceFailed`, and reported again when it is back.
public final class PowerSupply: Battery {
  private let host: DriverHost
  private let folder: String
  private var reported: BatteryReading?

  public init(host: DriverHost, folder: String) {
    self.host = host
    self.folder = folder
    reported = try? read()
  }

  public func read() throws(DeviceError) -> BatteryReading {
    let charge = try chargePercent()
    let status = try SystemFile.read(folder + "/status", .battery, "read status")
    // `Full` is said while the charger is plugged in.
    let isCharging = status.span.equals("Charging") || status.span.equals("Full")
    let microvolts = (try? SystemFile.number(folder + "/voltage_now", .battery, "read voltage")) ?? 0
    return BatteryReading(
      charge: Percent(Int(charge)), voltage: Millivolts(Int32(clamping: microvolts / 1000)), isCharging: isCharging)
  }

  /// The kernel told of its devices.
  public func handle(_ news: DeviceNews) {
    guard news.concerns(.powerSupply) else { return }
    do throws(DeviceError) {
      let reading = try read()
      let isNews = reported.map { $0.charge != reading.charge || $0.isCharging != reading.isCharging } ?? true
      reported = reading
      if isNews { host.post(.batteryChanged(reading)) }
    } catch {
      guard reported != nil else { return }
      reported = nil
      host.log("the battery was lost", error)
      host.post(.deviceFailed(DeviceError(.battery, error.operation, .removed, errno: error.errno)))
    }
  }

  /// The gauge's own figure, or that of what is left and what fits in.
  private func chargePercent() throws(DeviceError) -> Int64 {
    do throws(DeviceError) {
      return try SystemFile.number(folder + "/capacity", .battery, "read charge")
    } catch {
      for kind in ["energy", "charge"] {
        guard let now = try? SystemFile.number(folder + "/" + kind + "_now", .battery, "read charge"),
          let full = try? SystemFile.number(folder + "/" + kind + "_full", .battery, "read charge"), full > 0
        else { continue }
        return min(max(now, 0), full) * 100 / full
      }
      throw error
    }
  }
}
