import CLinux
import Drivers
import HAL
import Units

/// `sotto-drivers display`.
struct DisplayCommand {
  private var settings: DRMDisplay.Settings
  private var geometry = DisplayGeometry(width: 640, height: 400, density: 160)
  private var cycles = 1
  private var pictures = 10
  private var showsCard = false
  private var hold = Duration.zero
  /// A camera whose frames are shown where they lie.
  private var camera: String?
  private var cameraFormat: PixelCode? = PixelCode("XR24")

  init(_ words: inout Words) throws(ArgumentError) {
    var name: DisplayName?
    var turn = Turn.none
    var tone = PanelTone.colour
    var isAtomic = true
    while let word = words.next() {
      if word.matches("--card") {
        let text = try words.value(of: word)
        guard let parsed = DisplayName(text) else {
          throw ArgumentError(
            text: "--card takes /dev/dri/card0 or drm:DRIVER, with #CONNECTOR behind it if need be, not " + text)
        }
        name = parsed
      } else if word.matches("--size") {
        geometry = try Self.size(try words.value(of: word))
      } else if word.matches("--turn") {
        guard let found = Turn(rawValue: try words.number(of: word, 0...270)) else {
          throw ArgumentError(text: "--turn takes 0, 90, 180 or 270")
        }
        turn = found
      } else if word.matches("--tone") {
        tone = try Self.tone(try words.value(of: word))
      } else if word.matches("--older-calls") {
        isAtomic = false
      } else if word.matches("--cycles") {
        cycles = try words.number(of: word, 1...100_000)
      } else if word.matches("--pictures") {
        pictures = try words.number(of: word, 1...100_000)
      } else if word.matches("--card-image") {
        showsCard = true
      } else if word.matches("--camera") {
        camera = try words.value(of: word)
      } else if word.matches("--camera-format") {
        cameraFormat = PixelCode(try words.value(of: word))
      } else if word.matches("--hold") {
        hold = .seconds(try words.number(of: word, 0...3600))
      } else {
        throw ArgumentError(text: "unknown option " + word)
      }
    }
    guard let name else { throw ArgumentError(text: "--card is missing") }
    settings = DRMDisplay.Settings(name: name, turn: turn, tone: tone, isAtomic: isAtomic)
  }

  private static func size(_ text: String) throws(ArgumentError) -> DisplayGeometry {
    let parts = text.utf8.split(separator: UInt8(ascii: "x"), omittingEmptySubsequences: false)
    guard parts.count == 2, let width = Int(String(decoding: parts[0], as: UTF8.self)),
      let height = Int(String(decoding: parts[1], as: UTF8.self)), (1...4096).contains(width), (1...4096).contains(height)
    else { throw ArgumentError(text: "--size takes WIDTHxHEIGHT in pixels, not " + text) }
    return DisplayGeometry(width: width, height: height, density: 160)
  }

  private static func tone(_ text: String) throws(ArgumentError) -> PanelTone {
    if text.matches("colour") { return .colour }
    if text.matches("threshold") { return .threshold }
    if text.matches("dithered") { return .dithered }
    throw ArgumentError(text: "--tone takes colour, threshold or dithered, not " + text)
  }

  // MARK: Trying

  /// What came out.
  private struct Outcome {
    var completed = 0
    var shown = 0
    /// Pictures of the camera that the panel showed from the camera's own memory.
    var imported = 0
    /// What the camera copied or compressed for them.
    var copies: UInt64 = 0
    var slowestLight = Duration.zero
    var failure: DeviceError?
    var plan: DisplayPlan?
    var card: DisplayCard?
  }

  /// A commit takes a picture's time; an emulated card under load has taken a second for a mode set.
  private static let patience = Duration.seconds(10)

  /// Whether all went well.
  func run() -> Bool {
    var outcome = Outcome()
    var leftovers = Leftovers()
    do throws(DeviceError) {
      let loop = try DeviceLoop { complain($0) }
      let source = loop.makeSource()
      let display = DRMDisplay(host: loop.host, source: source, geometry: geometry, settings: settings)
      loop.connect(source, ready: { display.descriptorReady($0) }, due: { display.timerDue() })
      defer { display.giveBack() }
      for cycle in 0..<cycles {
        try self.cycle(display, loop, isLast: cycle == cycles - 1, &outcome)
        outcome.completed += 1
        leftovers.cycleEnded()
      }
      outcome.shown = display.shown
    } catch {
      outcome.failure = error
    }
    report(outcome, leftovers)
    return outcome.failure == nil
  }

  private func cycle(_ display: DRMDisplay, _ loop: DeviceLoop, isLast: Bool, _ outcome: inout Outcome) throws(DeviceError) {
    display.withPixels { pixels in draw(0, on: &pixels) }
    let begun = loop.now()
    try display.turnOn()
    try settle(display, loop)
    outcome.slowestLight = max(outcome.slowestLight, loop.now() - begun)
    outcome.plan = display.plan
    outcome.card = display.card
    for number in 1..<max(pictures, 1) {
      display.withPixels { pixels in draw(number, on: &pixels) }
      let shown = display.shown
      try display.present(damage: damage(number))
      let failure = wait(loop) { display.shown > shown }
      if let failure { throw failure }
    }
    if let camera { try importPictures(of: camera, to: display, loop, &outcome) }
    if isLast, hold > .zero { _ = loop.next(before: loop.now() + hold) }
    display.turnOff()
    try settle(display, loop)
  }

  /// Lends the panel the buffer of each still: nothing of it is copied.
  private func importPictures(
    of name: String, to display: DRMDisplay, _ loop: DeviceLoop, _ outcome: inout Outcome
  ) throws(DeviceError) {
    var settings = CameraSettings()
    settings.size = FrameSize(width: geometry.width, height: geometry.height)
    settings.format = cameraFormat
    settings.isLent = true
    let source = loop.makeSource()
    let camera = V4L2Camera(host: loop.host, source: source, name: name, settings: settings)
    loop.connect(source, ready: { camera.descriptorReady($0) }, due: { camera.timerDue() })
    defer {
      outcome.copies += camera.counters.copies + camera.counters.encodings
      camera.turnOff()
      loop.disconnect(source)
    }
    for _ in 0..<pictures {
      try camera.takeStill()
      if let failure = wait(loop, for: { camera.still != nil }) { throw failure }
      guard let lent = camera.lent else { throw DeviceError(.camera, "lend buffer", .io) }
      let buffer = try camera.export()
      defer { sotto_close(buffer) }
      let picture = ForeignPicture(
        descriptor: buffer, width: lent.size.width, height: lent.size.height, format: lent.code.rawValue,
        planes: [ForeignPicture.Plane(stride: lent.stride, offset: 0)])
      let shown = display.shown
      try display.present(picture)
      if let failure = wait(loop, for: { display.shown > shown }) { throw failure }
      outcome.imported += 1
      // The panel shows our own again before the camera has its buffer back.
      try display.present(damage: Rectangle(x: 0, y: 0, width: geometry.width, height: geometry.height))
      if let failure = wait(loop, for: { display.shown > shown + 1 }) { throw failure }
      camera.release()
    }
  }

  private func settle(_ display: DRMDisplay, _ loop: DeviceLoop) throws(DeviceError) {
    if let failure = wait(loop, for: { display.hasSettled }) { throw failure }
  }

  private func wait(_ loop: DeviceLoop, for isTrue: () -> Bool) -> DeviceError? {
    var failure: DeviceError?
    func note(_ event: BoardEvent) {
      switch event {
      case .deviceFailed(let error), .stillFailed(let error): failure = error
      default: break
      }
    }
    let came = loop.wait(until: loop.now() + Self.patience, for: { isTrue() || failure != nil }, note: note)
    return failure ?? (came ? nil : DeviceError(.display, "show", .timedOut))
  }

  // MARK: Pictures

  private static let side = 16

  /// Where the box of a picture is; it walks through the display.
  private func box(_ number: Int) -> Rectangle {
    let side = min(Self.side, geometry.width, geometry.height)
    let x = number * side / 2 % (geometry.width - side + 1)
    let y = number * side / 4 % (geometry.height - side + 1)
    return Rectangle(x: x, y: y, width: side, height: side)
  }

  private func damage(_ number: Int) -> Rectangle {
    if showsCard { return Rectangle(x: 0, y: 0, width: geometry.width, height: geometry.height) }
    let old = box(number - 1)
    let new = box(number)
    let left = min(old.x, new.x)
    let top = min(old.y, new.y)
    return Rectangle(
      x: left, y: top, width: max(old.x, new.x) + new.width - left, height: max(old.y, new.y) + new.height - top)
  }

  private func draw(_ number: Int, on pixels: inout MutableSpan<UInt32>) {
    if showsCard { return TestCard(width: geometry.width, height: geometry.height).draw(on: &pixels) }
    if number > 0 { fill(box(number - 1), 0, on: &pixels) }
    fill(box(number), 0xffffff, on: &pixels)
  }

  private func fill(_ area: Rectangle, _ colour: UInt32, on pixels: inout MutableSpan<UInt32>) {
    for y in area.y..<(area.y + area.height) {
      for x in area.x..<(area.x + area.width) { pixels[y * geometry.width + x] = colour }
    }
  }

  // MARK: Telling

  private func report(_ outcome: Outcome, _ leftovers: Leftovers) {
    var report = Report("display")
    report.add("driver", text: outcome.card?.driver ?? "")
    report.add("atomic", outcome.card?.isAtomic == true)
    report.add("mode", text: mode(outcome))
    report.add("format", text: outcome.plan?.format == .rgb565 ? "RG16" : outcome.plan == nil ? "" : "XR24")
    report.add(
      "turned_by",
      text: outcome.plan.map { $0.hardwareTurn != .none ? "plane" : $0.softwareTurn != .none ? "processor" : "nobody" } ?? "")
    report.add("cycles", outcome.completed)
    report.add("pictures", outcome.shown)
    report.add("imported", outcome.imported)
    report.add("copies", outcome.copies)
    report.add("slowest_light_ms", outcome.slowestLight.milliseconds)
    leftovers.add(to: &report)
    report.add("failure", outcome.failure)
    report.print()
  }

  private func mode(_ outcome: Outcome) -> String {
    guard let card = outcome.card, let plan = outcome.plan else { return "" }
    let mode = card.connectors[plan.connector].modes[plan.mode]
    return mode.width.description + "x" + mode.height.description
  }
}
