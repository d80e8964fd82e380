import CGPIO
import CMachine

/// The kernel's options, as it was built: what the drivers here stand on.
struct KernelCheck {
  enum Setting: Equatable { case builtIn, module, off }

  struct Option {
    var name: StaticString
    /// What does not work without it.
    var purpose: StaticString
    /// The part that needs it; nil when all do.
    var part: Subject?
  }

  /// The first generation of libgpiod speaks to the first form of the kernel's interface, which newer kernels may leave out.
  static var options: [Option] {
    sotto_gpio_generation() > 1
      ? always
      : always + [
        Option(name: "CONFIG_GPIO_CDEV_V1", purpose: "button, wear sensor and indicator through libgpiod 1", part: .pins)
      ]
  }

  private static let always: [Option] = [
    Option(name: "CONFIG_EPOLL", purpose: "waiting for devices", part: nil),
    Option(name: "CONFIG_TIMERFD", purpose: "timers", part: nil),
    Option(name: "CONFIG_SIGNALFD", purpose: "ending in order", part: nil),
    Option(name: "CONFIG_EVENTFD", purpose: "looking up names without blocking", part: nil),
    Option(name: "CONFIG_SUSPEND", purpose: "sleeping between turns", part: nil),
    Option(name: "CONFIG_PM_SLEEP", purpose: "losing no event on the way to sleep", part: nil),
    Option(name: "CONFIG_RTC_CLASS", purpose: "waking from sleep by a timer", part: nil),
    Option(name: "CONFIG_MEDIA_SUPPORT", purpose: "cameras", part: .camera),
    Option(name: "CONFIG_VIDEO_DEV", purpose: "cameras", part: .camera),
    Option(name: "CONFIG_SND_PCM", purpose: "microphone and speaker", part: .microphone),
    Option(name: "CONFIG_GPIO_CDEV", purpose: "button, wear sensor and indicator", part: .pins),
    Option(name: "CONFIG_DRM", purpose: "displays", part: .display),
    Option(name: "CONFIG_POWER_SUPPLY", purpose: "the battery's charge", part: .battery),
    Option(name: "CONFIG_THERMAL", purpose: "temperatures", part: .thermal),
    Option(name: "CONFIG_IIO", purpose: "motion sensors", part: .motion),
  ]

  /// Where a kernel's configuration lies. /proc needs CONFIG_IKCONFIG_PROC; distributions put a copy beside the kernel.
  static func places(_ release: String) -> [String] {
    ["/proc/config.gz", "/boot/config-" + release, "/lib/modules/" + release + "/config"]
  }

  /// Larger than any (Debian's is 270 kB).
  private static let longestConfiguration = 1 << 20

  /// What `text`, a kernel's configuration, says of an option.
  static func setting(of option: StaticString, in text: [UInt8]) -> Setting {
    let name = option.withUTF8Buffer { [UInt8]($0) }
    for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: name) {
      let rest = line.dropFirst(name.count)
      guard rest.first == UInt8(ascii: "=") else { continue }
      switch rest.dropFirst().first {
      case UInt8(ascii: "y"): return .builtIn
      case UInt8(ascii: "m"): return .module
      case nil, .some: return .off
      }
    }
    return .off
  }

  /// `needed` are the parts that the board file names.
  static func examine(_ machine: Machine, release: String, needed: [Subject]) -> SubjectReport {
    var report = SubjectReport(.kernel)
    var text: [UInt8]?
    var place = ""
    for candidate in places(release) where text == nil {
      text = machine.bytes(candidate, limit: longestConfiguration)
      place = candidate
    }
    guard let text, !text.isEmpty else {
      report.note("The kernel's configuration cannot be read; its options are not known.", mend: "sudo modprobe configs")
      return report
    }
    var line = ""
    for option in options {
      let setting = setting(of: option.name, in: text)
      report.add(
        .object([
          Datum.Entry("option", .text(option.name.text)), Datum.Entry("setting", .text(word(setting))),
          Datum.Entry("purpose", .text(option.purpose.text)),
        ]), [])
      line += (line.utf8.isEmpty ? "" : ", ") + option.name.text + "=" + word(setting)
      guard setting == .off else { continue }
      let sentence = "The kernel is built without " + option.name.text + ": it is needed for " + option.purpose.text + "."
      if let part = option.part, needed.contains(part) {
        report.wrong(sentence, mend: mend(option))
      } else {
        report.note(sentence, mend: mend(option))
      }
    }
    report.add(.object([Datum.Entry("source", .text(place))]), [place + ": " + line])
    return report
  }

  private static func mend(_ option: Option) -> String {
    "scripts/config --enable "
      + option.name.withUTF8Buffer { String(decoding: $0.dropFirst("CONFIG_".utf8.count), as: UTF8.self) }
      + " && make olddefconfig (in the kernel's source)"
  }

  private static func word(_ setting: Setting) -> String {
    switch setting {
    case .builtIn: "y"
    case .module: "m"
    case .off: "n"
    }
  }
}
