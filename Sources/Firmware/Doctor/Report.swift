import Units

/// What is looked at, in the order of the report.
public enum Subject: UInt8, Sendable, Hashable, CaseIterable {
  case kernel
  case permissions
  case camera
  case microphone
  case speaker
  case pins
  case indicator
  case display
  case battery
  case thermal
  case motion

  public var name: StaticString {
    switch self {
    case .kernel: "kernel"
    case .permissions: "permissions"
    case .camera: "camera"
    case .microphone: "microphone"
    case .speaker: "speaker"
    case .pins: "pins"
    case .indicator: "indicator"
    case .display: "display"
    case .battery: "battery"
    case .thermal: "thermal"
    case .motion: "motion"
    }
  }

  /// All names, for a person.
  public static var list: String {
    var text = ""
    for subject in allCases { text += (text.utf8.isEmpty ? "" : ", ") + subject.name.text }
    return text
  }

  public init?(named text: String) {
    for subject in Subject.allCases where subject.name.withUTF8Buffer({ text.utf8.elementsEqual($0) }) {
      self = subject
      return
    }
    return nil
  }
}

/// One thing that was found out.
public struct Finding: Sendable {
  public enum Verdict: Sendable, Hashable {
    /// Tried, and works.
    case fine
    /// Worth knowing: not tried, not there, or unusual.
    case note
    /// Does not work, or not as the board file says.
    case wrong

    public var name: StaticString {
      switch self {
      case .fine: "fine"
      case .note: "note"
      case .wrong: "wrong"
      }
    }
  }

  public var verdict: Verdict
  /// One sentence for a person.
  public var text: String
  /// The command that mends it, where there is one.
  public var mend: String?

  public init(_ verdict: Verdict, _ text: String, mend: String? = nil) {
    self.verdict = verdict
    self.text = text
    self.mend = mend
  }
}

/// What was found out about one subject.
public struct SubjectReport: Sendable {
  public enum State: Sendable, Hashable {
    case fine
    case wrong
    /// There is none, and none is missed.
    case absent

    public var name: StaticString {
      switch self {
      case .fine: "fine"
      case .wrong: "wrong"
      case .absent: "absent"
      }
    }
  }

  public let subject: Subject
  /// What there is, for programs: docs/doctor.md lists the keys.
  public private(set) var devices: [Datum] = []
  /// The same for people, a line each.
  public private(set) var lines: [String] = []
  public private(set) var findings: [Finding] = []

  public init(_ subject: Subject) { self.subject = subject }

  public var state: State {
    if findings.contains(where: { $0.verdict == .wrong }) { return .wrong }
    return devices.isEmpty ? .absent : .fine
  }

  public mutating func add(_ device: Datum, _ lines: [String]) {
    devices.append(device)
    self.lines.append(contentsOf: lines)
  }

  public mutating func fine(_ text: String) { findings.append(Finding(.fine, text)) }
  public mutating func note(_ text: String, mend: String? = nil) { findings.append(Finding(.note, text, mend: mend)) }
  /// What is wrong comes with the command that mends it.
  public mutating func wrong(_ text: String, mend: String) { findings.append(Finding(.wrong, text, mend: mend)) }
}

/// Everything that was found out about a machine.
public struct Report: Sendable {
  /// The kernel's release and processor, as `uname` says.
  public var kernel = ""
  public var architecture = ""
  /// The machine's name by its device tree or its firmware, "" when it has none.
  public var machine = ""
  /// `vendor/name` of the board file that it was held against.
  public var board: String?
  public var subjects: [SubjectReport] = []

  public init() {}

  /// How many findings are wrong.
  public var wrong: Int {
    var count = 0
    for subject in subjects { for finding in subject.findings where finding.verdict == .wrong { count += 1 } }
    return count
  }

  /// The report as one JSON object and a line's end.
  public func json() -> TextBuffer {
    var list: [Datum] = []
    for subject in subjects { list.append(Self.datum(subject)) }
    var text = TextBuffer(reserving: 8192)
    text.append(
      json: .object([
        Datum.Entry("schema", .text("sotto-doctor 1")), Datum.Entry("kernel", .text(kernel)),
        Datum.Entry("architecture", .text(architecture)), Datum.Entry("machine", .text(machine)),
        Datum.Entry("board", .optional(board)), Datum.Entry("wrong", .number(Int64(wrong))),
        Datum.Entry("parts", .list(list)),
      ]))
    text.append("\n")
    return text
  }

  private static func datum(_ report: SubjectReport) -> Datum {
    var findings: [Datum] = []
    for finding in report.findings {
      findings.append(
        .object([
          Datum.Entry("verdict", .text(finding.verdict.name.text)), Datum.Entry("text", .text(finding.text)),
          Datum.Entry("mend", .optional(finding.mend)),
        ]))
    }
    return .object([
      Datum.Entry("part", .text(report.subject.name.text)), Datum.Entry("state", .text(report.state.name.text)),
      Datum.Entry("devices", .list(report.devices)), Datum.Entry("findings", .list(findings)),
    ])
  }

  /// The report for a person.
  public func text() -> TextBuffer {
    var text = TextBuffer(reserving: 8192)
    text.append(machine.utf8.isEmpty ? "machine" : machine)
    text.append(", " + architecture + ", Linux " + kernel + "\n")
    if let board { text.append("held against the board file of " + board + "\n") }
    for subject in subjects { Self.append(subject, to: &text) }
    text.append("\n")
    switch wrong {
    case 0: text.append("Nothing is wrong.\n")
    case 1: text.append("One thing is wrong.\n")
    default: text.append(wrong.description + " things are wrong.\n")
    }
    return text
  }

  private static func append(_ report: SubjectReport, to text: inout TextBuffer) {
    text.append("\n")
    text.append(report.subject.name)
    text.append(": ")
    text.append(report.state.name)
    text.append("\n")
    for line in report.lines { text.append("  " + line + "\n") }
    for finding in report.findings {
      switch finding.verdict {
      case .fine: text.append("  + ")
      case .note: text.append("  - ")
      case .wrong: text.append("  ! ")
      }
      text.append(finding.text + "\n")
      if let mend = finding.mend { text.append("      " + mend + "\n") }
    }
  }
}

extension StaticString {
  var text: String { withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
}
