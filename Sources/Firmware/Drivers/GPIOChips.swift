import CGPIO
import CLinux
import HAL

/// One line of a chip, as the kernel tells of it.
public struct GPIOLineFacts: Sendable, Hashable {
  public var offset: Int
  /// Empty when nobody named it.
  public var name: String
  /// Who holds it; empty when nobody does, or when the kernel does not say.
  public var consumer: String
  public var isUsed: Bool
  public var isOutput: Bool
  public var isActiveLow: Bool
}

/// One chip of lines, as the kernel tells of it.
public struct GPIOChip: Sendable {
  /// `/dev/gpiochip0`: changes with the order of discovery.
  public var path: String
  /// What the hardware calls itself.
  public var label: String
  public var lines: [GPIOLineFacts]
  /// Why it could not be looked at.
  public var failure: DeviceError?
}

/// The chips that are there now. Nothing is requested and nothing changes.
public enum GPIOChips {
  /// 1 or 2: the generation of libgpiod that the program was built for.
  public static var generation: Int { Int(sotto_gpio_generation()) }

  /// More chips than any board has: expanders included, a few.
  private static let mostChips = 64

  /// `folder` is where the kernel's device nodes are.
  public static func list(in folder: String = "/dev") -> [GPIOChip] {
    var chips: [GPIOChip] = []
    for number in 0..<mostChips {
      let path = folder + "/gpiochip" + number.description
      var chip = sotto_gpio_chip()
      let result = path.withCString { sotto_gpio_chip_at($0, &chip) }
      if result < 0 {
        let error = DeviceError(system: .pins, "look", result)
        if error.cause != .absent { chips.append(GPIOChip(path: path, label: "", lines: [], failure: error)) }
        continue
      }
      let label = withUnsafeBytes(of: &chip.label) { text($0) }
      var lines: [GPIOLineFacts] = []
      for offset in 0..<chip.lines {
        if let line = facts(path, offset) { lines.append(line) }
      }
      chips.append(GPIOChip(path: path, label: label, lines: lines))
    }
    return chips
  }

  private static func facts(_ path: String, _ offset: UInt32) -> GPIOLineFacts? {
    var facts = sotto_gpio_facts()
    guard path.withCString({ sotto_gpio_facts_at($0, offset, &facts) }) == 0 else { return nil }
    return GPIOLineFacts(
      offset: Int(offset), name: withUnsafeBytes(of: &facts.name) { text($0) },
      consumer: withUnsafeBytes(of: &facts.consumer) { text($0) }, isUsed: facts.used, isOutput: facts.output,
      isActiveLow: facts.active_low)
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
