import CMachine
import Drivers
import HAL
import Units

/// Looks at a machine part by part and says what is there, what is wrong, and what mends it.
///
/// Nothing is changed for good: lines, sound devices and displays are given back as they were found.
public struct Examination {
  public var machine: Machine
  public var person: Person
  /// What the machine is held against; nil looks at whatever there is.
  public var board: BoardDescription?
  public var manner: Manner
  /// Only these; empty means all.
  public var subjects: [Subject]
  /// Where test pictures are put.
  public var folder: String
  /// GPIO lines that a person named, to be watched beside the board's.
  public var lines: [LineDescription] = []

  public init(
    machine: Machine = Machine(), person: Person = Person.current(), board: BoardDescription? = nil, manner: Manner = .look,
    subjects: [Subject] = [], folder: String = "/tmp"
  ) {
    self.machine = machine
    self.person = person
    self.board = board
    self.manner = manner
    self.subjects = subjects
    self.folder = folder
  }

  public func run() -> Report {
    var report = Report()
    report.kernel = String(cString: sotto_kernel_release())
    report.architecture = String(cString: sotto_machine())
    report.machine = machine.name
    report.board = board.map { $0.vendor + "/" + $0.name }
    for subject in Subject.allCases where subjects.isEmpty || subjects.contains(subject) {
      report.subjects.append(examine(subject, release: report.kernel))
    }
    return report
  }

  private func examine(_ subject: Subject, release: String) -> SubjectReport {
    let conversation = Conversation(manner: manner)
    let devices = board?.devices
    let wired = board?.lines
    switch subject {
    case .kernel: return KernelCheck.examine(machine, release: release, needed: needed)
    case .permissions: return PermissionCheck.examine(machine, person: person) { machine.mayUse($0) }
    case .camera:
      return CameraCheck(
        machine: machine, wanted: devices?.camera, light: wired?.indicator, folder: folder, conversation: conversation
      ).examine()
    case .microphone:
      return MicrophoneCheck(wanted: devices?.microphone, light: wired?.indicator, conversation: conversation).examine()
    case .speaker: return SpeakerCheck(wanted: devices?.speaker, conversation: conversation).examine()
    case .pins: return PinCheck(machine: machine, wanted: wired, watched: lines, conversation: conversation).examine()
    case .indicator: return IndicatorCheck(wanted: wired, conversation: conversation).examine()
    case .display: return DisplayCheck(machine: machine, wanted: display, conversation: conversation).examine()
    case .battery: return SupplyCheck.battery(machine, wanted: devices?.battery)
    case .thermal: return SupplyCheck.thermal(machine, wanted: devices?.thermal)
    case .motion: return MotionCheck.examine(machine, wanted: devices?.motion, wiring: board?.motion ?? MotionWiring())
    }
  }

  private var display: DisplayCheck.Wanted? {
    guard let board, let device = board.devices.display else { return nil }
    return DisplayCheck.Wanted(
      device: device, geometry: board.display, turn: Turn(rawValue: board.panel.rotation) ?? .none, tone: board.panel.tone)
  }

  /// The subjects whose parts the board names.
  private var needed: [Subject] {
    guard let board else { return [] }
    var needed: [Subject] = []
    if board.devices.camera != nil { needed.append(.camera) }
    if board.devices.microphone != nil { needed.append(.microphone) }
    if board.devices.speaker != nil { needed.append(.speaker) }
    if board.devices.display != nil { needed.append(.display) }
    if board.devices.battery != nil { needed.append(.battery) }
    if board.devices.thermal != nil { needed.append(.thermal) }
    if board.devices.motion != nil { needed.append(.motion) }
    let lines = board.lines
    if lines.button != nil || lines.wear != nil || lines.sound != nil || lines.indicator != nil { needed.append(.pins) }
    return needed
  }
}
