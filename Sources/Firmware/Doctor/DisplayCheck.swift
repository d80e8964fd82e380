import Drivers
import HAL
import Units

/// Display cards by DRM/KMS: connectors, modes, and a test card on the board's panel.
struct DisplayCheck {
  /// The board's display as its file names it, with the picture's size and turn; nil when nothing is asked for.
  struct Wanted {
    var device: String
    var geometry: DisplayGeometry
    var turn: Turn
    var tone: PanelTone
  }

  let machine: Machine
  let wanted: Wanted?
  let conversation: Conversation

  func examine() -> SubjectReport {
    var report = SubjectReport(.display)
    var usable: String?
    for path in DisplayName.cards() {
      guard let name = DisplayName(path) else { continue }
      do throws(DeviceError) {
        let card = try DRMCard(name).card
        list(path, card, &report)
        if usable == nil, card.connectors.contains(where: { $0.isConnected }) { usable = path }
      } catch {
        report.add(
          .object([Datum.Entry("path", .text(path)), Datum.Entry("error", .text(error.sentence))]), [path + ": " + error.sentence]
        )
        switch error.cause {
        case .forbidden: report.wrong(path + " may not be used; see permissions.", mend: "sudo usermod -aG video $USER")
        // A card that only computes is none of ours.
        case .removed, .unsupported, .absent, .busy, .malformed, .timedOut, .full, .io, .refused: break
        }
      }
    }
    if let wanted { hold(wanted, &report) } else if let usable { tryOut(usable, &report) }
    return report
  }

  private func list(_ path: String, _ card: DisplayCard, _ report: inout SubjectReport) {
    var connectors: [Datum] = []
    var lines = [path + ": driver " + card.driver + (card.isAtomic ? ", atomic" : ", older calls only")]
    for connector in card.connectors {
      var modes: [Datum] = []
      for mode in connector.modes {
        modes.append(
          .object([
            Datum.Entry("width", .number(Int64(mode.width))), Datum.Entry("height", .number(Int64(mode.height))),
            Datum.Entry("millihertz", .number(Int64(mode.millihertz))), Datum.Entry("preferred", .flag(mode.isPreferred)),
          ]))
      }
      connectors.append(
        .object([
          Datum.Entry("name", .text(connector.name)), Datum.Entry("connected", .flag(connector.isConnected)),
          Datum.Entry("millimetres_wide", .number(Int64(connector.millimetresWide))),
          Datum.Entry("millimetres_high", .number(Int64(connector.millimetresHigh))), Datum.Entry("modes", .list(modes)),
        ]))
      lines.append("  " + Self.line(connector))
    }
    var formats: [Datum] = []
    for plane in card.planes where plane.kind == .primary {
      formats = plane.formats.map { .text(Self.code($0)) }
      break
    }
    report.add(
      .object([
        Datum.Entry("path", .text(path)), Datum.Entry("driver", .text(card.driver)), Datum.Entry("atomic", .flag(card.isAtomic)),
        Datum.Entry("imports", .flag(card.imports)), Datum.Entry("formats", .list(formats)),
        Datum.Entry("connectors", .list(connectors)),
      ]), lines)
  }

  private static func line(_ connector: DisplayCard.Connector) -> String {
    guard connector.isConnected else { return connector.name + ": nothing connected" }
    guard let mode = connector.modes.first(where: { $0.isPreferred }) ?? connector.modes.first else {
      return connector.name + ": connected, tells no mode"
    }
    return connector.name + ": " + size(mode)
      + (connector.modes.count > 1 ? " and " + (connector.modes.count - 1).description + " more modes" : "")
  }

  private static func size(_ mode: DisplayCard.Mode) -> String {
    mode.width.description + "x" + mode.height.description + " at " + ((mode.millihertz + 500) / 1000).description + " Hz"
  }

  /// A fourcc code as its four letters.
  private static func code(_ fourcc: UInt32) -> String {
    var letters: [UInt8] = []
    for shift in 0..<4 { letters.append(UInt8(truncatingIfNeeded: fourcc >> UInt32(shift * 8))) }
    return String(decoding: letters, as: UTF8.self)
  }

  // MARK: Trying

  /// Holds the machine against the board file.
  private func hold(_ wanted: Wanted, _ report: inout SubjectReport) {
    guard let name = DisplayName(wanted.device) else {
      report.wrong(
        "The board file's display " + wanted.device + " is neither /dev/dri/cardN nor drm:DRIVER.", mend: "ls -l /dev/dri/by-path"
      )
      return
    }
    do throws(DeviceError) {
      let card = try DRMCard(name).card
      let wish = DisplayWish(
        width: wanted.geometry.width, height: wanted.geometry.height, turn: wanted.turn, connector: name.connector)
      do throws(DisplayObjection) {
        let plan = try DisplayPlan.choose(wish, on: card)
        let connector = card.connectors[plan.connector]
        report.fine("The board's picture fits " + connector.name + " at " + Self.size(connector.modes[plan.mode]) + ".")
      } catch {
        report.wrong("The board's display " + wanted.device + ": " + error.sentence + ".", mend: "modetest -c")
        return
      }
    } catch {
      report.wrong("The board's display " + wanted.device + " " + error.sentence + ".", mend: "ls -l /dev/dri /dev/dri/by-path")
      return
    }
    show(DRMDisplay.Settings(name: name, turn: wanted.turn, tone: wanted.tone), wanted.geometry, &report)
  }

  /// Without a board file: the first connected panel in its own mode.
  private func tryOut(_ path: String, _ report: inout SubjectReport) {
    guard let name = DisplayName(path), let card = try? DRMCard(name).card,
      let connector = card.connectors.first(where: { $0.isConnected && !$0.modes.isEmpty }),
      let mode = connector.modes.first(where: { $0.isPreferred }) ?? connector.modes.first
    else { return }
    show(DRMDisplay.Settings(name: name), DisplayGeometry(width: mode.width, height: mode.height, density: 160), &report)
  }

  /// How long a person has to look at the card.
  private static let lookingTime = Duration.seconds(2)
  private static let patience = Duration.seconds(10)

  private func show(_ settings: DRMDisplay.Settings, _ geometry: DisplayGeometry, _ report: inout SubjectReport) {
    guard conversation.mayTry("Show a test card on the display for two seconds?") else {
      return report.note("No test card was shown: --yes shows one.")
    }
    do throws(DeviceError) {
      let loop = try DeviceLoop { _ in }
      let source = loop.makeSource()
      let display = DRMDisplay(host: loop.host, source: source, geometry: geometry, settings: settings)
      loop.connect(source, ready: { display.descriptorReady($0) }, due: { display.timerDue() })
      defer { display.giveBack() }
      display.withPixels { pixels in TestCard(width: geometry.width, height: geometry.height).draw(on: &pixels) }
      try display.turnOn()
      try settle(display, loop)
      _ = loop.next(before: loop.now() + Self.lookingTime)
      display.turnOff()
      try settle(display, loop)
    } catch {
      return report.wrong("No test card could be shown: the display " + error.sentence + ".", mend: mend(error))
    }
    switch conversation.noticed("Did you see bars of colour with a white frame, the white square in the lower half on the left?")
    {
    case nil: report.fine("A test card was shown and taken away; nobody was asked whether it was seen.")
    case true?: report.fine("A test card was seen.")
    case false?:
      report.wrong(
        "The test card was not seen as it should be.",
        mend: "check display.rotation, display.width and display.height in the board file, and the panel's wires")
    }
  }

  private func settle(_ display: DRMDisplay, _ loop: DeviceLoop) throws(DeviceError) {
    var failure: DeviceError?
    func note(_ event: BoardEvent) {
      if case .deviceFailed(let error) = event { failure = error }
    }
    let came = loop.wait(until: loop.now() + Self.patience, for: { display.hasSettled || failure != nil }, note: note)
    if let failure { throw failure }
    if !came { throw DeviceError(.display, "show", .timedOut) }
  }

  private func mend(_ error: DeviceError) -> String {
    error.cause == .busy ? "stop the program that has the screen: sudo fuser -v /dev/dri/card*" : "sudo dmesg | grep -i drm"
  }
}

extension DisplayObjection {
  /// For a person, after the display's name.
  var sentence: String {
    switch self {
    case .noDumbBuffers: "the card has no buffers that the processor can draw into"
    case .noSuchConnector: "the card has no connector of that name"
    case .nothingConnected: "nothing is connected"
    case .tooSmall(let width, let height):
      "no mode holds the picture; the largest is " + width.description + "x" + height.description
    case .noWay: "the card cannot bring a picture to the connector"
    }
  }
}

extension DeviceError {
  /// What a person is told, without the part's name: `is in use by something else (open, error 16)`.
  var sentence: String {
    cause.phrase.text + " (" + operation.text + (errno == 0 ? "" : ", error " + errno.description) + ")"
  }
}
