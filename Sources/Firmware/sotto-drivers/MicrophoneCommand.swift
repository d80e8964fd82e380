import CLinux
import Drivers
import HAL
import Units

/// `sotto-drivers microphone`.
struct MicrophoneCommand {
  private var name = ""
  private var settings = MicrophoneSettings()
  private var period: Duration = .milliseconds(20)
  private var seconds = 2
  /// Ends a cycle early; 0: when its time is over.
  private var blocks = 0
  private var cycles = 1
  private var switches = false
  private var readsAgain = false
  private var out: String?

  init(_ words: inout Words) throws(ArgumentError) {
    while let word = words.next() {
      if word.matches("--device") {
        name = try words.value(of: word)
      } else if word.matches("--seconds") {
        seconds = try words.number(of: word, 1...3600)
      } else if word.matches("--blocks") {
        blocks = try words.number(of: word, 1...1_000_000)
      } else if word.matches("--period") {
        period = .milliseconds(try words.number(of: word, 10...500))
      } else if word.matches("--longest") {
        settings.longestPeriod = .milliseconds(try words.number(of: word, 10...500))
      } else if word.matches("--switch") {
        switches = true
      } else if word.matches("--channels") {
        settings.channels = try Self.channels(try words.value(of: word))
      } else if word.matches("--cycles") {
        cycles = try words.number(of: word, 1...100_000)
      } else if word.matches("--read-again") {
        readsAgain = true
      } else if word.matches("--out") {
        out = try words.value(of: word)
      } else {
        throw ArgumentError(text: "unknown option " + word)
      }
    }
    if name.utf8.isEmpty { throw ArgumentError(text: "--device is missing") }
  }

  private static func channels(_ text: String) throws(ArgumentError) -> ChannelSelection {
    guard let selection = ChannelSelection(text) else {
      throw ArgumentError(text: "--channels takes mix, or numbers of channels from 0 with commas between them, not " + text)
    }
    return selection
  }

  // MARK: Trying

  private struct Outcome {
    var cycles = 0
    var reads = 0
    var heard: [Int16] = []
    var opening: Duration?
    var mode: ALSACapture.Mode?
    /// From `start` to the first samples.
    var settling: Duration?
    /// From the first sample to the end of the last, by the driver's own instants, and the samples in between with the lost ones.
    var span = Duration.zero
    var samplesInSpan = 0
    /// The largest distance between where a block should begin, after the one before it, and where it says it does.
    var jitter = Duration.zero
    var processor = Duration.zero
    var failures: [DeviceError] = []
    var failure: DeviceError?
  }

  /// Whether all went well.
  func run() -> Bool {
    var leftovers = Leftovers()
    var outcome = Outcome()
    outcome.heard.reserveCapacity(out == nil ? 0 : seconds * AudioFormat.captureRate)
    var counters = ALSACapture.Counters()
    var wakeups: UInt64 = 0
    do throws(DeviceError) {
      let loop = try DeviceLoop { complain($0) }
      let source = loop.makeSource()
      let microphone = ALSACapture(host: loop.host, source: source, name: name, settings: settings)
      loop.connect(source, ready: { microphone.descriptorReady($0) }, due: { microphone.timerDue() })
      defer {
        microphone.stop()
        counters = microphone.counters
        wakeups = loop.host.reactor.wakeups
      }
      for _ in 0..<cycles {
        try cycle(microphone, loop, &outcome)
        outcome.cycles += 1
        leftovers.cycleEnded()
      }
    } catch {
      outcome.failure = error
    }
    if let out, !outcome.heard.withUnsafeBytes({ save(out, $0) }) { return false }
    report(outcome, counters, wakeups, leftovers)
    return outcome.failure == nil
  }

  private func cycle(_ microphone: ALSACapture, _ loop: DeviceLoop, _ outcome: inout Outcome) throws(DeviceError) {
    let begun = loop.now()
    let ends = begun + .seconds(seconds)
    try microphone.start(period: switches ? settings.longestPeriod : period)
    if outcome.opening == nil { outcome.opening = loop.now() - begun }
    outcome.mode = microphone.mode
    var samples = [Int16](repeating: 0, count: AudioFormat.captureRate)
    var next: Instant?
    var hasSwitched = false
    let processor = sotto_processor_time()
    defer { outcome.processor += .nanoseconds(sotto_processor_time() - processor) }
    let enough = blocks == 0 ? Int.max : outcome.reads + blocks
    while outcome.reads < enough {
      guard let event = loop.next(before: ends) else {
        if blocks > 0 { throw DeviceError(.microphone, "read", .timedOut) }
        break
      }
      do throws(DeviceError) {
        if case .deviceFailed(let error) = event { throw error }
        if case .settled = event, outcome.settling == nil { outcome.settling = loop.now() - begun }
        if switches, !hasSwitched, loop.now() - begun > .milliseconds(seconds * 500) {
          microphone.setPeriod(period)
          hasSwitched = true
        }
        guard case .microphoneReady = event else { continue }
        try read(microphone, &samples, &next, &outcome)
      } catch {
        guard readsAgain else { throw error }
        outcome.failures.append(error)
        next = nil
        guard restart(microphone, loop, before: ends) else { throw error }
      }
    }
    microphone.stop()
  }

  private func read(
    _ microphone: ALSACapture, _ samples: inout [Int16], _ next: inout Instant?, _ outcome: inout Outcome
  ) throws(DeviceError) {
    while true {
      var room = samples.mutableSpan
      let block = try microphone.read(into: &room)
      guard block.count > 0 else { return }
      outcome.reads += 1
      let length: Duration = .nanoseconds(Int64(block.count + block.lost) * 1_000_000_000 / Int64(AudioFormat.captureRate))
      let lost: Duration = .nanoseconds(Int64(block.lost) * 1_000_000_000 / Int64(AudioFormat.captureRate))
      if let expected = next {
        let off = block.firstSample - (expected + lost)
        outcome.jitter = max(outcome.jitter, off < .zero ? .zero - off : off)
        outcome.span += block.firstSample - expected + length - lost
        outcome.samplesInSpan += block.count + block.lost
      }
      next = block.firstSample + length - lost
      if out != nil { outcome.heard.append(contentsOf: samples[..<block.count]) }
      if block.count < samples.count { return }
    }
  }

  /// Opens a device that went away until it is back.
  private func restart(_ microphone: ALSACapture, _ loop: DeviceLoop, before ends: Instant) -> Bool {
    while loop.now() < ends {
      microphone.stop()
      if (try? microphone.start(period: period)) != nil { return true }
      _ = loop.next(before: loop.now() + .milliseconds(50))
    }
    return false
  }

  // MARK: Telling

  private func report(_ outcome: Outcome, _ counters: ALSACapture.Counters, _ wakeups: UInt64, _ leftovers: Leftovers) {
    var report = Report("microphone")
    report.add("name", text: name)
    report.add("rate", outcome.mode?.rate ?? 0)
    report.add("channels", outcome.mode?.channels ?? 0)
    report.add("bits", outcome.mode?.format.bits ?? 0)
    report.add("mapped", outcome.mode?.isMapped ?? false)
    report.add("period_frames", outcome.mode?.period ?? 0)
    report.add("buffer_frames", outcome.mode?.buffer ?? 0)
    report.add("cycles", outcome.cycles)
    report.add("reads", outcome.reads)
    report.add("wakeups", wakeups)
    report.add("samples", counters.samples)
    report.add("lost", counters.lost)
    report.add("overruns", counters.overruns)
    report.add("suspends", counters.suspends)
    report.add("starts", counters.starts)
    report.add("open_ms", milliseconds: outcome.opening)
    report.add("settled_ms", milliseconds: outcome.settling)
    report.add("span_ms", milliseconds: outcome.span)
    report.add("samples_in_span", outcome.samplesInSpan)
    report.add("largest_jump_ms", milliseconds: outcome.jitter)
    report.add("processor_ms", milliseconds: outcome.processor)
    report.add("failures", list: outcome.failures.count) { index, text in
      var words = TextBuffer()
      words.append(outcome.failures[index])
      text.append(jsonString: String(decoding: words.bytes, as: UTF8.self))
    }
    leftovers.add(to: &report)
    report.add("failure", outcome.failure)
    report.print()
  }
}
