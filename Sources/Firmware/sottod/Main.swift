import CLinux
import Doctor
import Drivers
import HAL
import LinuxBoard
import Runtime
import SimBoard
import Units
import Wake
import Wire

/// The firmware: reads its board file, makes the board, and runs the glasses on it until it is told to end.
@main
struct Main {
  static let version: StaticString = "sottod 0.1.0\n"

  static func main() {
    let arguments: Arguments
    do throws(ArgumentError) {
      arguments = try Arguments(words())
    } catch {
      complain(error.text + " (see sottod --help)")
      sotto_exit(2)
    }
    switch arguments.action {
    case .help: write(Arguments.help, to: 1)
    case .version: write(version, to: 1)
    case .selfTest: write(SelfTest.transcript().span, to: 1)
    case .doctor: examine(arguments)
    case .run: run(arguments)
    }
  }

  /// Looks at this machine, says what is wrong, and ends with 1 if anything is.
  private static func examine(_ arguments: Arguments) {
    var examination = Examination(manner: Manner.chosen(yes: arguments.yes))
    if !arguments.board.utf8.isEmpty { examination.board = boardDescription(at: arguments.board) }
    if let folder = arguments.out { examination.folder = folder }
    for name in arguments.parts {
      guard let subject = Subject(named: name) else {
        complain("there is no part " + name + "; the parts are " + Subject.list)
        sotto_exit(2)
      }
      examination.subjects.append(subject)
    }
    for (chip, line) in arguments.lines { examination.lines.append(LineDescription(chip: chip, line: line)) }
    let report = examination.run()
    write((arguments.asJSON ? report.json() : report.text()).span, to: 1)
    sotto_exit(report.wrong == 0 ? 0 : 1)
  }

  private static func run(_ arguments: Arguments) {
    var description = boardDescription(at: arguments.board)
    if let host = arguments.host { description.link.address = host }
    let words = wakeWords(of: description, in: arguments.wakeWords)
    do throws(DeviceError) {
      if description.kind.matches("sim") {
        runGlasses(
          on: try SimBoard(description, options: options(for: arguments), clock: .real) { complain($0) }, description, words)
      } else if description.kind.matches("linux") {
        if arguments.isForSimulation { complain("the options of the simulated board say nothing to a real one") }
        runGlasses(on: try LinuxBoard(description, options: linuxOptions(for: arguments)) { complain($0) }, description, words)
      } else {
        fail("The board file is for a board of kind \"" + description.kind + "\"; this build drives \"sim\" and \"linux\".")
      }
    } catch {
      fail("The board cannot be used: " + error.text)
    }
  }

  private static func runGlasses<Device: Board>(on board: Device, _ description: BoardDescription, _ words: [WakeWord]) {
    do throws(StartFailure) {
      let ending = try Glasses(board: board, description: description, words: words).run()
      if ending != .asked { sotto_exit(Int32(ending.rawValue)) }
    } catch {
      switch error {
      case .storage(let device): fail("Keys cannot be kept: " + device.text + " Choose another folder with --state DIR.")
      case .record(let name, let cause):
        fail(
          "The record \"" + name.text + "\" in the state folder is damaged: " + cause.phrase.text + ". Remove it and pair again.")
      case .identity: fail("No key could be made: the system's cryptography library does not work.")
      case .codec: fail("The Opus codec does not work: is libopus installed?")
      }
    }
  }

  private static func options(for arguments: Arguments) -> SimBoard.Options {
    var options = SimBoard.Options()
    options.seed = arguments.seed
    let state = arguments.state ?? defaultStateFolder()
    options.stateFolder = state
    options.control = control(for: arguments, state)
    options.outFolder = arguments.out
    options.tracePath = arguments.trace
    if let name = arguments.microphone { options.microphone = .alsa(name) }
    if let name = arguments.speaker { options.speaker = .alsa(name) }
    if let weaker = arguments.echo { options.echo = SimBoard.Echo(level: -weaker) }
    if let path = arguments.camera { options.camera = PictureSource(argument: path) }
    options.stimuli = arguments.readsStimuli ? 0 : nil
    options.handlesSignals = true
    return options
  }

  private static func linuxOptions(for arguments: Arguments) -> LinuxBoard.Options {
    let state = arguments.state ?? defaultStateFolder()
    var options = LinuxBoard.Options(stateFolder: state)
    options.control = control(for: arguments, state)
    options.tracePath = arguments.trace
    options.handlesSignals = true
    return options
  }

  private static func control(for arguments: Arguments, _ state: String) -> ControlPlace? {
    guard arguments.hasControl else { return nil }
    return ControlPlace(path: arguments.control ?? state + "/control", isRequired: arguments.control != nil)
  }

  private static func defaultStateFolder() -> String {
    if let folder = sotto_environment("XDG_STATE_HOME") { return String(cString: folder) + "/sotto" }
    if let home = sotto_environment("HOME") { return String(cString: home) + "/.local/state/sotto" }
    fail("HOME is not set: say where keys are to be kept with --state DIR.")
  }

  private static func boardDescription(at path: String) -> BoardDescription {
    boardDescription(in: file(path, upTo: FlatBoardFile.longestFile + 1, "The board file "), path)
  }

  private static func boardDescription(in bytes: [UInt8], _ path: String) -> BoardDescription {
    do throws(FlatBoardError) {
      return try FlatBoardFile.parse(bytes.span)
    } catch {
      fail(
        path + ", line " + String(error.line) + ": " + error.cause.phrase.text
          + ". sottod reads the flat form: sotto board check BOARD --flat FILE")
    }
  }

  /// The whole content of a file, or as much of it as is allowed and one byte more; the program ends when it cannot be read.
  static func file(_ path: String, upTo limit: Int, _ what: String) -> [UInt8] {
    let file = sotto_open(path, SOTTO_OPEN_READ, 0)
    guard file >= 0 else { fail(what + path + " cannot be opened: " + String(cString: sotto_error_text(-file)) + ".") }
    defer { sotto_close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16 * 1024)
    while bytes.count < limit {
      let room = min(piece.count, limit - bytes.count)
      let got = piece.withUnsafeMutableBytes { sotto_read(file, $0.baseAddress!, room) }
      guard got >= 0 else { fail(what + path + " cannot be read: " + String(cString: sotto_error_text(Int32(-got))) + ".") }
      if got == 0 { break }
      bytes.append(contentsOf: piece[..<Int(got)])
    }
    return bytes
  }

  // MARK: The process

  private static func words() -> [String] {
    var words: [String] = []
    var index: Int32 = 1
    while let word = sotto_argument(index) {
      words.append(String(cString: word))
      index += 1
    }
    return words
  }

  static func fail(_ text: String) -> Never {
    complain(text)
    sotto_exit(3)
  }

  private static func complain(_ text: String) {
    var line = TextBuffer()
    line.append("sottod: ")
    line.append(text)
    line.append("\n")
    write(line.span, to: 2)
  }

  private static func write(_ text: StaticString, to file: Int32) {
    text.withUTF8Buffer { _ = sotto_write_all(file, $0.baseAddress, $0.count) }
  }

  private static func write(_ bytes: Span<UInt8>, to file: Int32) {
    bytes.withUnsafeBufferPointer { _ = sotto_write_all(file, $0.baseAddress, $0.count) }
  }
}

extension StaticString {
  var text: String { withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
}

extension DeviceError {
  var text: String {
    var text = "the " + part.name.text + " " + cause.phrase.text + " (" + operation.text
    if errno != 0 { text += ": " + String(cString: sotto_error_text(errno)) }
    return text + ")."
  }
}
