import CGPIO
import CLinux
import Drivers
import HAL
import Units

/// GPIO chips and lines as the kernel lists them, and the board's own lines with their levels and edges.
struct PinCheck {
  let machine: Machine
  /// The board's lines; nil when nothing is asked for.
  let wanted: LineDescriptions?
  /// Lines that a person named, to be watched. No others are requested: a pin that the list calls a free input may be the console's or a
  /// bus's, and a request would take it away from there.
  let watched: [LineDescription]
  let conversation: Conversation

  private struct Line {
    var name: String
    var consumer: String
    var isUsed: Bool
    var isOutput: Bool
    var isActiveLow: Bool
  }

  func examine() -> SubjectReport {
    var report = SubjectReport(.pins)
    for name in machine.names(in: "/dev", prefix: "gpiochip") { list("/dev/" + name, &report) }
    if let button = wanted?.button { watch("button", button, "Press the button and let it go (ten seconds).", &report) }
    if let wear = wanted?.wear { watch("wear", wear, "Put the glasses on and take them off (ten seconds).", &report) }
    if let sound = wanted?.sound { watch("sound", sound, "Say something, then be quiet (ten seconds).", &report) }
    for line in watched { observe(line, &report) }
    return report
  }

  // MARK: Listing

  private func list(_ path: String, _ report: inout SubjectReport) {
    var chip = sotto_gpio_chip()
    let result = (machine.root + path).withCString { sotto_gpio_chip_at($0, &chip) }
    guard result == 0 else {
      let error = DeviceError(system: .pins, "look", result)
      report.add(
        .object([Datum.Entry("path", .text(path)), Datum.Entry("error", .text(error.sentence))]), [path + ": " + error.sentence])
      return
    }
    let label = withUnsafeBytes(of: &chip.label) { Self.text($0) }
    var lines: [Datum] = []
    var told = [path + " [" + label + "]: " + chip.lines.description + " lines"]
    for offset in 0..<chip.lines {
      guard let line = line(path, offset) else { continue }
      lines.append(Self.datum(line, offset))
      if !line.name.utf8.isEmpty || line.isUsed { told.append("  " + Self.sentence(line, offset)) }
    }
    report.add(
      .object([Datum.Entry("path", .text(path)), Datum.Entry("label", .text(label)), Datum.Entry("lines", .list(lines))]), told)
  }

  private func line(_ path: String, _ offset: UInt32) -> Line? {
    var facts = sotto_gpio_facts()
    guard (machine.root + path).withCString({ sotto_gpio_facts_at($0, offset, &facts) }) == 0 else { return nil }
    return Line(
      name: withUnsafeBytes(of: &facts.name) { Self.text($0) }, consumer: withUnsafeBytes(of: &facts.consumer) { Self.text($0) },
      isUsed: facts.used, isOutput: facts.output, isActiveLow: facts.active_low)
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  private static func datum(_ line: Line, _ offset: UInt32) -> Datum {
    .object([
      Datum.Entry("offset", .number(Int64(offset))), Datum.Entry("name", .text(line.name)),
      Datum.Entry("direction", .text(line.isOutput ? "output" : "input")), Datum.Entry("active_low", .flag(line.isActiveLow)),
      Datum.Entry("used", .flag(line.isUsed)), Datum.Entry("consumer", .text(line.consumer)),
    ])
  }

  private static func sentence(_ line: Line, _ offset: UInt32) -> String {
    var text = offset.description + (line.name.utf8.isEmpty ? "" : " \"" + line.name + "\"")
    text += line.isOutput ? ": output" : ": input"
    if line.isActiveLow { text += ", active low" }
    if line.isUsed { text += line.consumer.utf8.isEmpty ? ", used by the kernel" : ", used by " + line.consumer }
    return text
  }

  // MARK: The board's inputs

  private static let patience = Duration.seconds(10)
  /// Without a person: enough to see a line that floats.
  private static let shortWatch = Duration.seconds(1)
  /// More edges than that in the time of a short watch are a line that nobody holds.
  private static let restless = 20

  private func watch(_ name: String, _ description: LineDescription, _ invitation: String, _ report: inout SubjectReport) {
    guard let seen = look(name, description, invitation, until: 2, &report) else { return }
    let now = "The line \"" + name + "\" is " + (seen.isActive ? "active" : "not active")
    guard let edges = seen.edges else { return report.fine(now + ".") }
    if edges > Self.restless, !seen.wasAsked {
      report.wrong(
        now + " and changed " + edges.description + " times in a second without anybody touching it.",
        mend: "set bias = \"pull-up\" or \"pull-down\" under [lines." + name + "] in the board file")
    } else if seen.wasAsked, edges < 2 {
      report.wrong(
        now + "; it did not change when it was used.", mend: "sudo gpiomon " + description.chip + " " + description.line)
    } else {
      report.fine(now + "; edges seen: " + edges.description + ".")
    }
  }

  /// A line that the board file does not name: nobody says what it should do.
  private func observe(_ description: LineDescription, _ report: inout SubjectReport) {
    let name = description.line + " of " + description.chip
    guard let seen = look(name, description, "Use what is wired to " + name + " (ten seconds).", until: .max, &report) else {
      return
    }
    report.fine(
      "The line \"" + name + "\" is " + (seen.isActive ? "active" : "not active")
        + (seen.edges.map { "; edges seen: " + $0.description } ?? "") + ".")
  }

  private struct Seen {
    var isActive: Bool
    /// Nil where it was only looked at.
    var edges: Int?
    var wasAsked: Bool
  }

  /// Requests a line, and watches it unless the doctor only looks: with a person until so many edges came, each told as it comes. Nil,
  /// with the reason in the report, when it cannot be had.
  private func look(
    _ name: String, _ description: LineDescription, _ invitation: String, until enough: Int, _ report: inout SubjectReport
  ) -> Seen? {
    let line: any GPIOLine
    switch KernelLine.request(description, .edges(debounce: .zero)) {
    case .success(let requested): line = requested
    case .failure(let failure):
      let error = DeviceError(system: .pins, "request", -failure.errno)
      report.wrong(
        "The line \"" + name + "\" (" + description.line + " of " + description.chip + ") " + error.sentence + ".",
        mend: Self.mend(error, description))
      return nil
    }
    defer { line.close() }
    let level = line.level()
    if level < 0 {
      let error = DeviceError(system: .pins, "read", level)
      report.wrong("The line \"" + name + "\" " + error.sentence + ".", mend: "sudo dmesg | grep -i gpio")
      return nil
    }
    var seen = Seen(isActive: level == 1, wasAsked: conversation.invite(invitation))
    if conversation.manner != .look {
      seen.edges = count(
        line, for: seen.wasAsked ? Self.patience : Self.shortWatch, until: seen.wasAsked ? enough : .max, live: seen.wasAsked)
    }
    report.add(
      .object([
        Datum.Entry("watched", .text(name)), Datum.Entry("chip", .text(description.chip)),
        Datum.Entry("line", .text(description.line)), Datum.Entry("active", .flag(seen.isActive)),
        Datum.Entry("edges", seen.edges.map { .number(Int64($0)) } ?? .nothing),
      ]), [])
    return seen
  }

  /// Edges in a time, which ends early with the one that is enough. `live` tells a person of each.
  private func count(_ line: any GPIOLine, for time: Duration, until enough: Int, live: Bool) -> Int {
    guard let loop = try? DeviceLoop(log: { _ in }) else { return 0 }
    let source = loop.makeSource()
    var edges: [LineEdge] = []
    var told = 0
    var isGone = false
    loop.connect(
      source,
      ready: { _ in
        if line.takeEdges(into: &edges) < 0 { isGone = true }
        while live, told < edges.count {
          conversation.tell(edges[told].active ? "  active\n" : "  not active\n")
          told += 1
        }
      })
    guard loop.host.reactor.watch(line.descriptor, SOTTO_READABLE, for: source) == 0 else { return 0 }
    _ = loop.wait(until: loop.now() + time, for: { isGone || edges.count >= enough })
    loop.host.reactor.unwatch(line.descriptor)
    return edges.count
  }

  static func mend(_ error: DeviceError, _ description: LineDescription) -> String {
    switch error.cause {
    case .busy: "stop the program that holds it: gpioinfo | grep '" + description.line + "'"
    case .forbidden: "see permissions above"
    case .absent, .removed, .unsupported, .malformed, .timedOut, .full, .io, .refused:
      "gpioinfo (and correct chip and line in the board file)"
    }
  }
}

/// The light that others see: held while the doctor records anything, where the board file names it.
struct RecordingLight {
  private let line: (any GPIOLine)?

  init(_ description: LineDescription?) {
    guard let description else {
      line = nil
      return
    }
    switch KernelLine.request(description, .output(active: true)) {
    case .success(let requested): line = requested
    // The indicator's own check tells why.
    case .failure: line = nil
    }
  }

  func end() {
    _ = line?.set(active: false)
    line?.close()
  }
}

/// Whether the recording light obeys, by what is read back.
struct IndicatorCheck {
  let wanted: LineDescriptions?
  let conversation: Conversation

  func examine() -> SubjectReport {
    var report = SubjectReport(.indicator)
    guard let wanted, let light = wanted.indicator else { return report }
    report.add(
      .object([
        Datum.Entry("chip", .text(light.chip)), Datum.Entry("line", .text(light.line)),
        Datum.Entry("sense", .optional(wanted.indicatorSense?.line)),
      ]),
      [
        "line " + light.line + " of " + light.chip
          + (wanted.indicatorSense.map { ", sensed by " + $0.line } ?? ", without a sense line")
      ])
    guard conversation.mayTry("Switch the recording light on for a moment?") else {
      report.note("The recording light was not tried: --yes tries it.")
      return report
    }
    let output: any GPIOLine
    switch KernelLine.request(light, .output(active: false)) {
    case .success(let requested): output = requested
    case .failure(let failure):
      let error = DeviceError(system: .indicator, "request", -failure.errno)
      report.wrong("The recording light's line " + error.sentence + ".", mend: PinCheck.mend(error, light))
      return report
    }
    defer { output.close() }
    var sense: (any GPIOLine)?
    if let description = wanted.indicatorSense {
      switch KernelLine.request(description, .sense) {
      case .success(let requested): sense = requested
      case .failure(let failure):
        let error = DeviceError(system: .indicator, "request", -failure.errno)
        report.wrong("The recording light's sense line " + error.sentence + ".", mend: PinCheck.mend(error, description))
      }
    }
    defer { sense?.close() }
    let on = levels(output, sense, active: true)
    if conversation.noticed("Is the recording light on?") == false {
      report.wrong("The recording light was not seen.", mend: "check the diode, its resistor and active = \"high\" or \"low\"")
    }
    let off = levels(output, sense, active: false)
    judge(on, off, hasSense: sense != nil, light, &report)
    return report
  }

  private func levels(_ output: any GPIOLine, _ sense: (any GPIOLine)?, active: Bool) -> (output: Int32, sense: Int32) {
    let result = output.set(active: active)
    guard result >= 0 else { return (result, result) }
    // A photodiode needs a moment to follow.
    if sense != nil, let loop = try? DeviceLoop(log: { _ in }) { _ = loop.next(before: loop.now() + Self.settling) }
    return (output.level(), sense?.level() ?? 0)
  }

  /// Photodiodes with their filter follow within 10 ms.
  private static let settling = Duration.milliseconds(50)

  private func judge(
    _ on: (output: Int32, sense: Int32), _ off: (output: Int32, sense: Int32), hasSense: Bool, _ light: LineDescription,
    _ report: inout SubjectReport
  ) {
    if on.output != 1 || off.output != 0 {
      report.wrong(
        "The recording light's line does not take the level that is set.", mend: "gpioinfo | grep '" + light.line + "'")
    } else if !hasSense {
      report.fine("The recording light's line takes the level that is set; whether it shines is not sensed.")
    } else if on.sense == 1, off.sense == 0 {
      report.fine("The recording light is on when it is switched on, and off when off, by its sense line.")
    } else {
      report.wrong(
        "The recording light was switched on and off, and its sense line read " + Self.word(on.sense) + " and "
          + Self.word(off.sense)
          + ": recording will be refused.", mend: "check the diode, the sense wire and their polarity in the board file")
    }
  }

  private static func word(_ level: Int32) -> String { level == 1 ? "on" : level == 0 ? "off" : "an error" }
}
