import CLinux
import HAL

/// A sensor of the kernel's Industrial I/O.
public struct MotionDevice: Sendable, Hashable {
  /// `iio:device0`: changes with the order of discovery.
  public var device: String
  /// The chip's name; what its place on the board is called, where the device tree says so.
  public var name: String
  public var label: String
  /// Whether it has three axes of acceleration to read.
  public var readsAcceleration: Bool
  /// Events that can be switched on, as a board file names them.
  public var events: [String]
}

/// The sensors that there are now.
public enum MotionDevices {
  /// `folder` is where the kernel lists them.
  public static func list(in folder: String = "/sys/bus/iio/devices") -> [MotionDevice] {
    SystemFile.names(in: folder).filter { $0.utf8.starts(with: "iio:device".utf8) }.map { entry in
      let place = folder + "/" + entry
      let ending: [UInt8] = Array("_en".utf8)
      let events = SystemFile.names(in: place + "/events").filter { $0.utf8.suffix(3).elementsEqual(ending) }
      return MotionDevice(
        device: entry, name: text(place + "/name"), label: text(place + "/label"),
        readsAcceleration: text(place + "/in_accel_z_raw").utf8.count > 0,
        events: events.map { String(decoding: $0.utf8.dropLast(3), as: UTF8.self) })
    }
  }

  private static func text(_ path: String) -> String {
    String(decoding: (try? SystemFile.read(path, .motion, "look")) ?? [], as: UTF8.self)
  }
}
