/// A first board file for a machine, from what the doctor found there.
///
/// What can be seen is filled in. What nobody can see, power and polarity above all, is `"unknown"`: `sotto board check` names each of
/// these until a person has filled it in, and finds nothing else to say.
public struct BoardDraft {
  /// What stands for a value that a person must give.
  public static let unknown = "unknown"

  private let report: DoctorReport
  private let vendor: String
  private let name: String

  public init(from report: DoctorReport, vendor: String, name: String) {
    self.report = report
    self.vendor = vendor
    self.name = name
  }

  /// Names of lines that tell what they are for, by the board's own word for them. Compared without case, `_` as `-`.
  private static let lineNames: [(line: String, names: [String])] = [
    ("button", ["button", "key", "user-button", "push-button"]),
    ("wear", ["wear", "wear-detect", "proximity", "on-head"]),
    ("sound", ["sound", "wake-on-sound", "mic-wake", "sound-detect", "voice-wake"]),
    ("indicator", ["indicator", "privacy-led", "recording-led", "rec-led", "camera-led"]),
    ("indicator-sense", ["indicator-sense", "privacy-sense", "led-sense", "recording-sense"]),
  ]

  private func line(_ wanted: String) -> DoctorReport.Line? {
    let names = Self.lineNames.first { $0.line == wanted }?.names ?? []
    return report.lines.first { names.contains($0.name.lowercased().replacing("_", with: "-")) }
  }

  private var devices: [(name: String, device: String)] {
    [
      ("camera", report.cameras.first), ("microphone", report.microphones.first), ("speaker", report.speakers.first),
      ("display", report.display?.name), ("battery", report.batteries.first), ("thermal", report.thermalZones.first),
    ].compactMap { name, device in device.map { (name, $0) } }
  }

  /// Capabilities found, and the light without which nothing may be recorded.
  public var capabilities: [String] {
    var found = devices.map { $0.name }
    found += BoardSchema.lines.filter { line($0) != nil }
    if found.contains("camera") || found.contains("microphone"), !found.contains("indicator") { found.append("indicator") }
    return BoardSchema.capabilities.filter { found.contains($0) }
  }

  /// The text of `board.toml`.
  public var text: String {
    var text = """
      # Drafted from what `sotto doctor` found\(report.machine.isEmpty ? "" : " on \(quotable(report.machine))"). Fill in each "unknown"; `sotto board check` names them.
      # A figure of power needs its source: a measurement or a data sheet with its year, or "estimate: " and the reasoning.

      vendor = "\(vendor)"
      name = "\(name)"
      description = "\(quotable(report.machine.isEmpty ? "\(vendor) \(name)" : report.machine))"
      kind = "linux"
      capabilities = [\(capabilities.map { "\"\($0)\"" }.joined(separator: ", "))]

      """
    if !devices.isEmpty {
      text += "\n[devices]\n" + devices.map { "\($0.name) = \"\(quotable($0.device))\"\n" }.joined()
    }
    for line in BoardSchema.lines where capabilities.contains(line) { text += section(line) }
    if let display = report.display {
      text += """

        [display]
        # The panel's own size; the picture may be smaller.
        width = \(display.width)
        height = \(display.height)
        # Pixels per inch as the wearer sees them, through the optics.
        density = "unknown"

        """
    }
    if capabilities.contains("battery") { text += "\n[battery]\nmilliwatt_hours = \"unknown\"\nsource = \"unknown\"\n" }
    for part in BoardSchema.poweredParts where ["processor", "link"].contains(part) || capabilities.contains(part) {
      text += power(part)
    }
    return text
  }

  private func section(_ name: String) -> String {
    let found = line(name)
    var text = """

      [lines.\(name)]
      chip = "\(found.map { quotable($0.chip) } ?? Self.unknown)"
      line = "\(found.map { quotable($0.name) } ?? Self.unknown)"
      # high or low: the level while it is pressed, worn or lit.
      active = "unknown"

      """
    if name != "indicator" { text += "# none, pull-up or pull-down\nbias = \"unknown\"\n" }
    return text
  }

  /// Levels by the names that the firmware's power elements have (docs/power-model.md).
  private static let levels: [String: [String]] = [
    "processor": ["asleep", "awake", "busy"], "camera": ["off", "on"], "microphone": ["off", "local", "streaming"],
    "speaker": ["off", "quiet", "playing"], "display": ["off", "on"], "link": ["down", "parked", "busy"],
    "indicator": ["off", "on"],
  ]

  private func power(_ part: String) -> String {
    (Self.levels[part] ?? []).map { level in
      "\n[[power.\(part)]]\nlevel = \"\(level)\"\nmilliwatts = \"unknown\"\nsource = \"unknown\"\n"
    }.joined()
  }

  /// Text of the machine's own that may stand between quotation marks: printable ASCII without quotation mark and backslash.
  private func quotable(_ text: String) -> String {
    String(text.unicodeScalars.filter { (0x20...0x7E).contains($0.value) && $0 != "\"" && $0 != "\\" }.map(Character.init))
  }
}
