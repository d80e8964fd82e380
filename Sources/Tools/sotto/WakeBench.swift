import ArgumentParser
import Foundation
import Reports
import WakeStudy

struct WakeBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Play recordings through wake words as armed glasses hear them.",
    discussion: """
      Any WAV file is taken, resampled to 16 kHz where it has another rate, and .raw files of 16 kHz, 16 bits, mono. Half a second of silence
      is heard after each: a word at the very end of a recording is recognised there.

      Examples:
        sotto wake bench ~/.cache/sotto/media/okay-nabu-time.wav
        sotto wake bench --word "okay_nabu high" --word alexa --png scores.png kitchen.wav
        sotto wake bench --models my-words --no-gate --json evening.wav

      JSON keys: files (file, seconds, resampled_from, detections (word, seconds, score, peak), highest (by word), heard_share,
      cpu_seconds_per_hour), words (name, phrase, cutoff, own_cutoff), detections, build (docs/wake.md).
      """)

  @Argument(help: ArgumentHelp("The sounds.", valueName: "files"))
  var files: [String]

  @OptionGroup var words: WordOptions

  @Flag(help: "Hear everything, the background too: what the gate costs or saves.")
  var noGate = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Option(help: ArgumentHelp("Draw the scores over time as a PNG.", valueName: "file"))
  var png: String?

  /// Longer sounds are told about on the way.
  private static let longSound = 60.0

  /// A picture of more would be too high to look at.
  private static let mostDrawn = 20

  func validate() throws {
    if png != nil, files.count > Self.mostDrawn { throw ValidationError("--png draws up to \(Self.mostDrawn) sounds") }
  }

  func run() throws {
    let words = try words.words()
    let screen = Screen(toError: false)
    var report = Report(words: words.map(Report.Word.init))
    var drawn: [ScorePicture.Sound] = []
    for file in files {
      let sound = try load(file)
      if sound.seconds > Self.longSound { complain(String(format: "· listening to %@ (%.0f s) …", file, sound.seconds)) }
      let run = WakeRun(sound.samples, words: words.map(\.word), isGated: !noGate)
      report.add(sound, run, words)
      if png != nil { drawn.append(ScorePicture.Sound(title: file, run: run)) }
      if !json { print(sound, run, words, on: screen) }
    }
    if json { say(jsonLine(report)) }
    if let png, !ScorePicture(drawn, names: words.map(\.name), cutoffs: words.map(\.word.cutoff)).write(to: png) {
      throw Failure(Failure.environment, "sotto: cannot write \(png)")
    }
  }

  private func load(_ file: String) throws -> SoundFile {
    do throws(StudyError) {
      let sound = try SoundFile(file)
      if sound.isResampled { complain("· \(file): resampled from \(sound.rate) Hz to 16000 Hz") }
      return sound
    } catch {
      throw Failure(Failure.usage, "sotto: \(error)")
    }
  }

  private func print(_ sound: SoundFile, _ run: WakeRun, _ words: [NamedWord], on screen: Screen) {
    screen.line(screen.bold(sound.path) + String(format: "  %.2f s", sound.seconds))
    for found in run.detections {
      screen.line(
        String(format: "  %7.2f s  %@  score %.3f, at most %.3f", found.seconds, words[found.word].name, found.score, found.peak))
    }
    if run.detections.isEmpty { screen.line("  nothing detected") }
    for line in ScorePlot.lines(
      run, names: words.map(\.name), cutoffs: words.map(\.word.cutoff), columns: min(screen.columns, 160))
    {
      screen.line("  " + line)
    }
    screen.line(
      String(
        format: "  %.1f s of processor time for an hour of such sound (%.3f %% of one core); the networks heard %.0f %%%@",
        run.processorSecondsPerHour, run.processorSecondsPerHour / 36, run.heardShare * 100,
        noGate ? " (no gate)" : ", the gate passed over the rest"))
    if Self.isDebug { screen.line("  (a debug build: several times as much as a release build takes)") }
  }

  private static var isDebug: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  private struct Report: Encodable {
    struct Word: Encodable {
      var name: String
      var phrase: String
      var cutoff: Double
      var ownCutoff: Double

      init(_ word: NamedWord) {
        name = word.name
        phrase = word.word.description.phrase
        cutoff = word.word.cutoff
        ownCutoff = word.word.description.cutoff
      }
    }

    struct Detection: Encodable {
      var word: String
      var seconds: Double
      var score: Double
      var peak: Double
    }

    struct File: Encodable {
      var file: String
      var seconds: Double
      var resampledFrom: Int?
      var detections: [Detection]
      var highest: [String: Double]
      var heardShare: Double
      var cpuSecondsPerHour: Double
    }

    var build = WakeBench.isDebug ? "debug" : "release"
    var words: [Word]
    var files: [File] = []
    var detections = 0

    init(words: [Word]) { self.words = words }

    mutating func add(_ sound: SoundFile, _ run: WakeRun, _ words: [NamedWord]) {
      let found = run.detections.map {
        Detection(word: words[$0.word].name, seconds: $0.seconds, score: $0.score, peak: $0.peak)
      }
      detections += found.count
      let highest = words.indices.map { (words[$0].name, run.scores[$0].map(\.mean).max() ?? 0) }
      files.append(
        File(
          file: sound.path, seconds: sound.seconds, resampledFrom: sound.isResampled ? sound.rate : nil, detections: found,
          highest: Dictionary(highest) { first, _ in first }, heardShare: run.heardShare,
          cpuSecondsPerHour: run.processorSecondsPerHour))
    }
  }
}
