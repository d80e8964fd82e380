import ArgumentParser
import Drivers
import Foundation
import HAL
import Synchronization
import Units
import Wake
import WakeStudy

struct WakeListen: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "listen",
    abstract: "Show the scores of wake words live, from a microphone or from a file in real time.",
    discussion: """
      Ends by control-C, with --file at its end, with --seconds after that time. A detection is told on a line of its own.

      Examples:
        sotto wake listen
        sotto wake listen --mic hw:1 --word okay_nabu --sensitivity high
        sotto wake listen --file ~/.cache/sotto/media/okay-nabu-time.wav
      """)

  @Option(help: ArgumentHelp("The microphone: a name of ALSA's (arecord -L lists them).", valueName: "name"))
  var mic = "default"

  @Option(help: ArgumentHelp("A WAV file instead, in real time.", valueName: "file"))
  var file: String?

  @Option(help: ArgumentHelp("End after this time.", valueName: "seconds"))
  var seconds: Double?

  @OptionGroup var words: WordOptions

  func validate() throws {
    if let seconds, !(seconds > 0 && seconds < 1e7) { throw ValidationError("--seconds is more than 0") }
  }

  func run() throws {
    let words = try words.words()
    let view = ScoreView(words, screen: Screen(toError: false))
    let stop = Stop()
    let signals = Signals { _ in stop.ask() }
    defer { signals.cancel() }
    if let file { try play(file, to: view, stop) } else { try hear(view, stop) }
    view.finish()
  }

  /// Asked for by a signal, on another thread.
  private final class Stop: Sendable {
    private let flag = Atomic(false)
    func ask() { flag.store(true, ordering: .relaxed) }
    var isAsked: Bool { flag.load(ordering: .relaxed) }
  }

  /// Thirty milliseconds: each brings a new score.
  private static let step = AudioFormat.captureRate * 30 / 1000

  private func play(_ file: String, to view: ScoreView, _ stop: Stop) throws {
    let sound: SoundFile
    do throws(StudyError) { sound = try SoundFile(file) } catch { throw Failure(Failure.usage, "sotto: \(error)") }
    let begun = ContinuousClock.now
    let end = min(sound.samples.count, seconds.map { Int($0 * Double(AudioFormat.captureRate)) } ?? .max)
    for start in stride(from: 0, to: end, by: Self.step) {
      let next = min(start + Self.step, end)
      let due = begun + .nanoseconds(Int64(next) * 1_000_000_000 / Int64(AudioFormat.captureRate))
      while ContinuousClock.now < due { Thread.sleep(forTimeInterval: max(0, (due - ContinuousClock.now) / .seconds(1))) }
      if stop.isAsked { return }
      view.hear(sound.samples.span.extracting(start..<next), at: start)
    }
  }

  private func hear(_ view: ScoreView, _ stop: Stop) throws {
    do throws(DeviceError) {
      let loop = try DeviceLoop { complain($0) }
      let source = loop.makeSource()
      let microphone = ALSACapture(host: loop.host, source: source, name: mic)
      loop.connect(source, ready: { microphone.descriptorReady($0) }, due: { microphone.timerDue() })
      try microphone.start(period: .milliseconds(30))
      defer { microphone.stop() }
      let ends = seconds.map { loop.now() + .milliseconds(Int64($0 * 1000)) }
      var heard = 0
      var buffer = [Int16](repeating: 0, count: AudioFormat.captureRate)
      while !stop.isAsked, ends.map({ loop.now() < $0 }) ?? true {
        // Long enough to wait seldom, short enough that control-C is noticed when no sound comes.
        guard let event = loop.next(before: loop.now() + .milliseconds(200)) else { continue }
        if case .deviceFailed(let error) = event { throw error }
        guard case .microphoneReady = event else { continue }
        var room = buffer.mutableSpan
        let block = try microphone.read(into: &room)
        view.hear(buffer.span.extracting(first: block.count), at: heard + block.lost)
        heard += block.lost + block.count
      }
    } catch {
      throw Failure(Failure.environment, "sotto: " + Self.explain(error, mic))
    }
  }

  private static func explain(_ error: DeviceError, _ name: String) -> String {
    var words = TextBuffer()
    words.append(error)
    return "nothing can be heard through \"\(name)\": " + String(decoding: words.bytes, as: UTF8.self)
      + "; `arecord -L` lists what there is (--mic NAME), --file FILE plays a recording instead"
  }
}

/// Bars that follow the scores, and a line for each detection.
private final class ScoreView {
  private let words: [NamedWord]
  private let screen: Screen
  private let listener: WakeListener
  private var means: [Double]
  private var last: [Double]
  private var detections = 0

  init(_ words: [NamedWord], screen: Screen) {
    self.words = words
    self.screen = screen
    means = [Double](repeating: 0, count: words.count)
    last = [Double](repeating: -.infinity, count: words.count)
    listener = WakeListener(words.map(\.word))
    listener.reset()
    listener.observer = { [unowned self] word, verdict, at in
      let seconds = Double(at.nanoseconds) / 1e9
      means[word] = verdict.mean
      guard verdict.isDetected else { return }
      if seconds - last[word] >= WakeRun.same / .seconds(1) {
        detections += 1
        screen.line(String(format: "%8.2f s  %@  %.3f", seconds, words[word].name, verdict.mean))
      }
      last[word] = seconds
    }
  }

  func hear(_ samples: Span<Int16>, at position: Int) {
    let before = listener.stepsHeard
    _ = listener.hear(
      samples, firstSample: .zero + .nanoseconds(Int64(position) * 1_000_000_000 / Int64(AudioFormat.captureRate)))
    if screen.isTerminal { screen.passing(bars(isOpen: listener.stepsHeard > before)) }
  }

  private func bars(isOpen: Bool) -> String {
    let width = max(6, (screen.columns - 4) / words.count - (words.map(\.name.count).max() ?? 0) - 7)
    return (isOpen ? "● " : "○ ")
      + words.indices.map { index in
        let full = Int((means[index] * Double(width)).rounded())
        let mark = min(width - 1, Int(words[index].word.cutoff * Double(width)))
        let bar = (0..<width).map { $0 < full ? "█" : $0 == mark ? "│" : "·" }.joined()
        return "\(words[index].name) \(bar) \(String(format: "%.2f", means[index]))"
      }.joined(separator: "  ")
  }

  func finish() {
    screen.line("\(detections) detection\(detections == 1 ? "" : "s")")
  }
}
