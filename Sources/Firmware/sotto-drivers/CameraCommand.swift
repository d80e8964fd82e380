import CLinux
import Drivers
import HAL
import Units

/// `sotto-drivers camera`.
struct CameraCommand {
  private enum Work {
    case stills
    case stream(Duration)
    case watch(Int)
  }

  private var name = ""
  private var settings = CameraSettings()
  private var work = Work.stills
  private var pictures = 1
  private var cycles = 1
  private var out: String?

  init(_ words: inout Words) throws(ArgumentError) {
    while let word = words.next() {
      if word.matches("--device") {
        name = try words.value(of: word)
      } else if word.matches("--size") {
        settings.size = try Self.size(try words.value(of: word))
      } else if word.matches("--format") {
        settings.format = PixelCode(try words.value(of: word))
      } else if word.matches("--frames") {
        pictures = try words.number(of: word, 1...1_000_000)
      } else if word.matches("--cycles") {
        cycles = try words.number(of: word, 1...100_000)
      } else if word.matches("--every") {
        work = .stream(.milliseconds(try words.number(of: word, 0...3_600_000)))
      } else if word.matches("--watch") {
        work = .watch(try words.number(of: word, 1...1_000_000))
      } else if word.matches("--settle") {
        let most = try words.number(of: word, 0...1000)
        settings.settling = .init(least: min(most, settings.settling.least), most: most)
      } else if word.matches("--exposure") {
        settings.exposure = .manual(.microseconds(try words.number(of: word, 1...10_000_000)))
      } else if word.matches("--gain") {
        settings.gain = Percent(try words.number(of: word, 0...100))
      } else if word.matches("--mirror") {
        settings.isMirrored = true
      } else if word.matches("--flip") {
        settings.isFlipped = true
      } else if word.matches("--deadline") {
        settings.deadline = .milliseconds(try words.number(of: word, 1...600_000))
      } else if word.matches("--out") {
        out = try words.value(of: word)
      } else {
        throw ArgumentError(text: "unknown option " + word)
      }
    }
    if name.utf8.isEmpty { throw ArgumentError(text: "--device is missing") }
  }

  private static func size(_ text: String) throws(ArgumentError) -> FrameSize {
    let parts = text.utf8.split(separator: UInt8(ascii: "x"), omittingEmptySubsequences: false)
    guard parts.count == 2, let width = Int(String(decoding: parts[0], as: UTF8.self)),
      let height = Int(String(decoding: parts[1], as: UTF8.self)), (1...16384).contains(width), (1...16384).contains(height)
    else { throw ArgumentError(text: "--size takes WIDTHxHEIGHT in pixels, not " + text) }
    return FrameSize(width: width, height: height)
  }

  // MARK: Trying

  private struct Outcome {
    var cycles = 0
    var pictures = 0
    var bytes = 0
    var size: FrameSize?
    var mode: (code: PixelCode, size: FrameSize, interval: Duration?, isMultiPlanar: Bool)?
    var opening: Duration?
    /// From `turnOn` to the first frame.
    var settling: Duration?
    var firstFrame: Duration?
    var slowestStill = Duration.zero
    var processor = Duration.zero
    var failures = 0
    var failure: DeviceError?
  }

  /// Whether all went well.
  func run() -> Bool {
    var leftovers = Leftovers()
    var outcome = Outcome()
    var counters = V4L2Camera.Counters()
    do throws(DeviceError) {
      let loop = try DeviceLoop { complain($0) }
      let source = loop.makeSource()
      let camera = V4L2Camera(host: loop.host, source: source, name: name, settings: settings)
      loop.connect(source, ready: { camera.descriptorReady($0) }, due: { camera.timerDue() })
      defer {
        camera.turnOff()
        counters = camera.counters
      }
      for _ in 0..<cycles {
        try cycle(camera, loop, &outcome)
        outcome.cycles += 1
        leftovers.cycleEnded()
      }
    } catch {
      outcome.failure = error
    }
    report(outcome, counters, leftovers)
    return outcome.failure == nil && outcome.failures == 0
  }

  private func cycle(_ camera: V4L2Camera, _ loop: DeviceLoop, _ outcome: inout Outcome) throws(DeviceError) {
    let begun = loop.now()
    try camera.turnOn()
    if outcome.opening == nil { outcome.opening = loop.now() - begun }
    outcome.mode = camera.mode
    try settle(camera, loop)
    if outcome.settling == nil { outcome.settling = loop.now() - begun }
    let processor = sotto_processor_time()
    defer { outcome.processor += .nanoseconds(sotto_processor_time() - processor) }
    switch work {
    case .stills: for _ in 0..<pictures { try still(camera, loop, &outcome) }
    case .stream(let every):
      let begun = loop.now()
      try camera.stream(every: every)
      for _ in 0..<pictures { try picture(camera, loop, since: begun, &outcome) }
    case .watch(let frames):
      let enough = camera.counters.sequence.frames + UInt64(frames)
      try camera.stream(every: .seconds(86_400), frameInterval: settings.interval)
      try picture(camera, loop, since: begun, &outcome)
      while camera.counters.sequence.frames < enough {
        if case .stillFailed(let error)? = loop.next(before: loop.now() + .milliseconds(20)) { throw error }
      }
    }
    camera.turnOff()
  }

  private func settle(_ camera: V4L2Camera, _ loop: DeviceLoop) throws(DeviceError) {
    var failure: DeviceError?
    let ends = loop.now() + settings.deadline + .seconds(1)
    func note(_ event: BoardEvent) { if case .deviceFailed(let error) = event { failure = error } }
    let came = loop.wait(until: ends, for: { camera.hasSettled || failure != nil }, note: note)
    if let failure { throw failure }
    if !came { throw DeviceError(.camera, "settle", .timedOut) }
  }

  private func still(_ camera: V4L2Camera, _ loop: DeviceLoop, _ outcome: inout Outcome) throws(DeviceError) {
    let begun = loop.now()
    try camera.takeStill()
    try picture(camera, loop, since: begun, &outcome)
    outcome.slowestStill = max(outcome.slowestStill, loop.now() - begun)
  }

  private func picture(
    _ camera: V4L2Camera, _ loop: DeviceLoop, since begun: Instant, _ outcome: inout Outcome
  ) throws(DeviceError) {
    let ends = loop.now() + settings.deadline + .seconds(1)
    while let event = loop.next(before: ends) {
      switch event {
      case .stillFailed(let error): throw error
      case .stillTaken:
        if outcome.firstFrame == nil { outcome.firstFrame = loop.now() - begun }
        outcome.pictures += 1
        outcome.size = camera.still.map { FrameSize(width: $0.width, height: $0.height) }
        camera.withStill { bytes in
          outcome.bytes = bytes.count
          if let out, !bytes.withUnsafeBufferPointer({ save(out, UnsafeRawBufferPointer($0)) }) { outcome.failures += 1 }
        }
        return camera.release()
      default: continue
      }
    }
    throw DeviceError(.camera, "take still", .timedOut)
  }

  // MARK: Telling

  private func report(_ outcome: Outcome, _ counters: V4L2Camera.Counters, _ leftovers: Leftovers) {
    var report = Report("camera")
    report.add("name", text: name)
    report.add("format", text: outcome.mode?.code.text ?? "")
    report.add("multi_planar", outcome.mode?.isMultiPlanar ?? false)
    report.add("width", outcome.size?.width ?? 0)
    report.add("height", outcome.size?.height ?? 0)
    report.add("interval_ms", milliseconds: outcome.mode?.interval)
    report.add("cycles", outcome.cycles)
    report.add("pictures", outcome.pictures)
    report.add("bytes", outcome.bytes)
    report.add("open_ms", milliseconds: outcome.opening)
    report.add("settled_ms", milliseconds: outcome.settling)
    report.add("first_frame_ms", milliseconds: outcome.firstFrame)
    report.add("slowest_still_ms", milliseconds: outcome.slowestStill)
    report.add("frames", counters.sequence.frames)
    report.add("lost", counters.sequence.lost)
    report.add("setbacks", counters.sequence.setbacks)
    report.add("damaged", counters.damaged)
    report.add("skipped", counters.skipped)
    report.add("copies", counters.copies)
    report.add("encodings", counters.encodings)
    report.add("stream_starts", counters.streamStarts)
    report.add("restarts", counters.restarts)
    report.add("reopens", counters.reopens)
    report.add("processor_ms", milliseconds: outcome.processor)
    leftovers.add(to: &report)
    report.add("failure", outcome.failure)
    report.print()
  }
}

/// `sotto-drivers cameras`.
enum CameraList {
  static func run() -> Bool {
    do throws(DeviceError) {
      let nodes = try CameraNodes.list()
      var report = Report("cameras")
      report.add("cameras", list: nodes.count) { index, text in add(nodes[index], to: &text) }
      report.print()
      return true
    } catch {
      var report = Report("cameras")
      report.add("failure", error)
      report.print()
      return false
    }
  }

  private static func add(_ node: CameraNode, to text: inout TextBuffer) {
    text.append("{\"path\":")
    text.append(jsonString: node.path)
    text.append(",\"by_id\":")
    text.append(jsonString: node.byID)
    text.append(",\"by_path\":")
    text.append(jsonString: node.byPath)
    text.append(",\"card\":")
    text.append(jsonString: node.card)
    text.append(",\"bus\":")
    text.append(jsonString: node.bus)
    text.append(",\"driver\":")
    text.append(jsonString: node.driver)
    text.append(",\"captures\":")
    text.append(node.captures ? "true" : "false")
    text.append(",\"formats\":[")
    let abilities = node.captures ? try? CameraAbilities(path: node.path) : nil
    var isFirst = true
    for format in abilities?.formats ?? [] {
      if !isFirst { text.append(",") }
      isFirst = false
      text.append("{\"format\":")
      text.append(jsonString: format.offer.code.text)
      text.append(",\"sizes\":")
      text.append(format.sizes.count)
      text.append(",\"largest\":\"")
      text.append(format.largest.width)
      text.append("x")
      text.append(format.largest.height)
      text.append("\"}")
    }
    text.append("]}")
  }
}
