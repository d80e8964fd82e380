import HAL
import Units

/// Temperatures of `/sys/class/thermal` (kernel: Documentation/driver-api/thermal/sysfs-api.rst): one zone, or the hottest of all.
public final class ThermalZones: Thermal {
  private let host: DriverHost
  private let folder: String

  /// `folder` is a zone (`/sys/class/thermal/thermal_zone0`), or the folder of all.
  public init(host: DriverHost, folder: String) {
    self.host = host
    self.folder = folder
  }

  public func read() throws(DeviceError) -> DeciCelsius {
    do throws(DeviceError) {
      return try temperature(folder)
    } catch {
      var hottest: DeciCelsius?
      for name in SystemFile.names(in: folder) where name.utf8.starts(with: "thermal_zone".utf8) {
        // A zone that does not answer (its device sleeps) is not the hottest.
        guard let zone = try? temperature(folder + "/" + name) else { continue }
        hottest = hottest.map { max($0, zone) } ?? zone
      }
      guard let hottest else { throw error }
      return hottest
    }
  }

  /// The kernel told of its devices: a zone crossed one of its trip points.
  public func handle(_ news: DeviceNews) {
    guard news.concerns(.thermal), news.action != .removed, let reading = try? read() else { return }
    host.post(.thermalChanged(reading))
  }

  private func temperature(_ zone: String) throws(DeviceError) -> DeciCelsius {
    DeciCelsius(Int32(clamping: try SystemFile.number(zone + "/temp", .thermal, "read") / 100))
  }
}
