import CLinux
import Drivers
import HAL
import Units

/// `sotto-drivers speaker`.
struct SpeakerCommand {
  private var name = ""
  private var settings = SpeakerSettings()
  private var mute: Bool?
  private var seconds = 1
  private var hertz = 440
  private var level = -20
  private var input: String?
  private var dropAfter: Duration?
  private var cycles = 1

  init(_ words: inout Words) throws(ArgumentError) {
    while let word = words.next() {
      if word.matches("--device") {
        name = try words.value(of: word)
      } else if word.matches("--seconds") {
        seconds = try words.number(of: word, 1...3600)
      } else if word.matches("--hertz") {
        hertz = try words.number(of: word, 20...11_000)
      } else if word.matches("--level") {
        level = try words.number(of: word, -60...0)
      } else if word.matches("--in") {
        input = try words.value(of: word)
      } else if word.matches("--drop") {
        dropAfter = .milliseconds(try words.number(of: word, 1...3_600_000))
      } else if word.matches("--mixer") {
        settings.mixer = try words.value(of: word)
      } else if word.matches("--volume") {
        settings.volume = Percent(try words.number(of: word, 0...100))
      } else if word.matches("--mute") {
        let text = try words.value(of: word)
        guard text.matches("yes") || text.matches("no") else { throw ArgumentError(text: "--mute takes yes or no, not " + text) }
        mute = text.matches("yes")
      } else if word.matches("--cycles") {
        cycles = try words.number(of: word, 1...100_000)
      } else {
        throw ArgumentError(text: "unknown option " + word)
      }
    }
    if name.utf8.isEmpty { throw ArgumentError(text: "--device is missing") }
  }

  // MARK: Trying

  private struct Outcome {
    var cycles = 0
    var written = 0
    var opening: Duration?
    /// From `start` until it takes sound.
    var settling: Duration?
    var mode: ALSACapture.Mode?
    var firstWrite: Duration?
    /// What was still to be heard when `drop` was called, and how long the call took.
    var pendingAtDrop = 0
    var dropTime = Duration.zero
    /// From the last write to `speakerDrained`, and what was pending then.
    var drainTime = Duration.zero
    var pendingAtDrain = 0
    var processor = Duration.zero
    var volume: Percent?
    var isMuted: Bool?
    var failure: DeviceError?
  }

  /// Whether all went well.
  func run() -> Bool {
    var leftovers = Leftovers()
    var outcome = Outcome()
    var underruns = 0
    var suspends = 0
    do throws(DeviceError) {
      let sound = try sound()
      let loop = try DeviceLoop { complain($0) }
      let source = loop.makeSource()
      let speaker = ALSAPlayback(host: loop.host, source: source, name: name, settings: settings)
      loop.connect(source, ready: { speaker.descriptorReady($0) }, due: { speaker.timerDue() })
      defer {
        speaker.stop()
        underruns = speaker.underruns
        suspends = speaker.suspends
      }
      for _ in 0..<cycles {
        try cycle(speaker, loop, sound, &outcome)
        outcome.cycles += 1
        leftovers.cycleEnded()
      }
    } catch {
      outcome.failure = error
    }
    report(outcome, underruns, suspends, leftovers)
    return outcome.failure == nil
  }

  private func cycle(
    _ speaker: ALSAPlayback, _ loop: DeviceLoop, _ sound: [Int16], _ outcome: inout Outcome
  ) throws(DeviceError) {
    let begun = loop.now()
    try speaker.start()
    if outcome.opening == nil { outcome.opening = loop.now() - begun }
    outcome.mode = speaker.mode
    if let element = settings.mixer {
      if let mute { try speaker.set(isMuted: mute) }
      let mixer = try ALSAMixer(device: name, element: element, part: .speaker)
      outcome.volume = mixer.volume
      outcome.isMuted = mixer.isMuted
    }
    let processor = sotto_processor_time()
    defer { outcome.processor += .nanoseconds(sotto_processor_time() - processor) }
    var place = 0
    let drops = dropAfter.map { begun + $0 }
    while place < sound.count {
      let ends = min(loop.now() + .seconds(5), drops ?? loop.now() + .seconds(5))
      guard let event = loop.next(before: ends) else {
        guard drops != nil else { throw DeviceError(.speaker, "wait for room", .timedOut) }
        break
      }
      if case .deviceFailed(let error) = event { throw error }
      if case .settled = event, outcome.settling == nil { outcome.settling = loop.now() - begun }
      guard case .speakerReady = event else { continue }
      // In pieces of 20 ms, as packets come.
      while place < sound.count {
        let piece = min(AudioFormat.playbackRate / 50, sound.count - place)
        let taken = try speaker.write(sound.span.extracting(place..<place + piece))
        if outcome.firstWrite == nil { outcome.firstWrite = loop.now() - begun }
        place += taken
        outcome.written += taken
        if taken < piece { break }
      }
    }
    if drops == nil { try drain(speaker, loop, &outcome) } else { drop(speaker, loop, &outcome) }
    speaker.stop()
  }

  private func drain(_ speaker: ALSAPlayback, _ loop: DeviceLoop, _ outcome: inout Outcome) throws(DeviceError) {
    let begun = loop.now()
    outcome.pendingAtDrain = speaker.pending
    speaker.drain()
    while let event = loop.next(before: begun + .seconds(10)) {
      if case .deviceFailed(let error) = event { throw error }
      guard case .speakerDrained = event else { continue }
      outcome.drainTime = loop.now() - begun
      return
    }
    throw DeviceError(.speaker, "drain", .timedOut)
  }

  private func drop(_ speaker: ALSAPlayback, _ loop: DeviceLoop, _ outcome: inout Outcome) {
    outcome.pendingAtDrop = speaker.pending
    let begun = loop.now()
    speaker.drop()
    outcome.dropTime = max(outcome.dropTime, loop.now() - begun)
  }

  // MARK: Sound

  private func sound() throws(DeviceError) -> [Int16] {
    if let input {
      let bytes = try PlainFile.read(input, limit: 1 << 26, for: .speaker)
      return bytes.withUnsafeBytes { raw in
        (0..<raw.count / 2).map { raw.loadUnaligned(fromByteOffset: $0 * 2, as: Int16.self) }
      }
    }
    return tone()
  }

  /// A sine by rotation of a vector, so that no mathematics library is needed: exact enough for minutes.
  private func tone() -> [Int16] {
    let angle = 2 * Double.pi * Double(hertz) / Double(AudioFormat.playbackRate)
    let (sine, cosine) = Self.sineAndCosine(angle)
    var amplitude = 32_767.0
    // Six decibels are a factor of 2 nearly enough for a test tone; the rest in steps of one.
    for _ in 0..<(-level) { amplitude *= 0.891_250_938 }
    var x = amplitude
    var y = 0.0
    var samples: [Int16] = []
    samples.reserveCapacity(seconds * AudioFormat.playbackRate)
    for _ in 0..<seconds * AudioFormat.playbackRate {
      samples.append(Int16(y.rounded()))
      (x, y) = (x * cosine - y * sine, x * sine + y * cosine)
      // Rounding must not let it grow.
      if x * x + y * y > amplitude * amplitude { (x, y) = (x * 0.999_999_999, y * 0.999_999_999) }
    }
    return samples
  }

  /// By their series: the angle is below π.
  private static func sineAndCosine(_ angle: Double) -> (Double, Double) {
    var sine = 0.0
    var cosine = 0.0
    var term = 1.0
    for step in 0..<30 {
      switch step % 4 {
      case 0: cosine += term
      case 1: sine += term
      case 2: cosine -= term
      default: sine -= term
      }
      term *= angle / Double(step + 1)
    }
    return (sine, cosine)
  }

  // MARK: Telling

  private func report(_ outcome: Outcome, _ underruns: Int, _ suspends: Int, _ leftovers: Leftovers) {
    var report = Report("speaker")
    report.add("name", text: name)
    report.add("rate", outcome.mode?.rate ?? 0)
    report.add("channels", outcome.mode?.channels ?? 0)
    report.add("bits", outcome.mode?.format.bits ?? 0)
    report.add("mapped", outcome.mode?.isMapped ?? false)
    report.add("period_frames", outcome.mode?.period ?? 0)
    report.add("buffer_frames", outcome.mode?.buffer ?? 0)
    report.add("cycles", outcome.cycles)
    report.add("written", outcome.written)
    report.add("underruns", underruns)
    report.add("suspends", suspends)
    report.add("open_ms", milliseconds: outcome.opening)
    report.add("settled_ms", milliseconds: outcome.settling)
    report.add("first_write_ms", milliseconds: outcome.firstWrite)
    report.add("pending_at_drop", outcome.pendingAtDrop)
    report.add("drop_ms", milliseconds: outcome.dropTime)
    report.add("pending_at_drain", outcome.pendingAtDrain)
    report.add("drain_ms", milliseconds: outcome.drainTime)
    if let volume = outcome.volume { report.add("volume", volume.value) }
    if let isMuted = outcome.isMuted { report.add("muted", isMuted) }
    report.add("processor_ms", milliseconds: outcome.processor)
    leftovers.add(to: &report)
    report.add("failure", outcome.failure)
    report.print()
  }
}

/// `sotto-drivers cards`.
enum CardList {
  static func run() -> Bool {
    do throws(DeviceError) {
      let cards = try SoundCards.list()
      var report = Report("cards")
      report.add("cards", list: cards.count) { index, text in add(cards[index], to: &text) }
      report.print()
      return true
    } catch {
      var report = Report("cards")
      report.add("failure", error)
      report.print()
      return false
    }
  }

  private static func add(_ card: SoundCard, to text: inout TextBuffer) {
    text.append("{\"name\":")
    text.append(jsonString: card.name)
    text.append(",\"description\":")
    text.append(jsonString: card.description)
    text.append(",\"driver\":")
    text.append(jsonString: card.driver)
    add("captures", card.capturing, to: &text)
    add("plays", card.playing, to: &text)
    text.append(",\"mixer\":[")
    let elements = (try? ALSAMixer.elements(of: card.name)) ?? []
    for index in elements.indices {
      if index > 0 { text.append(",") }
      text.append(jsonString: elements[index])
    }
    text.append("]}")
  }

  private static func add(_ key: StaticString, _ devices: [Int], to text: inout TextBuffer) {
    text.append(",\"")
    text.append(key)
    text.append("\":[")
    for index in devices.indices {
      if index > 0 { text.append(",") }
      text.append(devices[index])
    }
    text.append("]")
  }
}
