import ArgumentParser
import Assistant
import Foundation
import Reports

struct Accuracy: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the recogniser's word error rate and delay on recorded human speech.",
    discussion: "Uses the ten clips with transcripts of Debian's package pocketsphinx-testdata.")

  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Feed the sound as fast as it was spoken, as the glasses do.") var live = false
  @Flag(
    help:
      "Compare the ways to the host: as they are, through the codec at each bit rate, with an answer sounding, with it cancelled."
  )
  var path = false
  @Option(help: "The folder of the clips.") var clips = "/usr/share/pocketsphinx/test/data"
  @OptionGroup var cache: CacheOption

  func run() async throws {
    let recogniser = try EmbeddedEngines.recogniser(cacheDirectory: cache.cache)
    try await recogniser.warmUp()
    if path { return try await comparePaths(recogniser) }
    var results: [ClipResult] = []
    for clip in try HumanClip.all(in: clips) {
      let heard = try await Listening.listen(to: clip.path, with: recogniser, pace: live ? .live : .atOnce)
      let result = ClipResult(
        clip: clip.name, said: clip.transcript, heard: heard.text, words: WordErrors.words(clip.transcript).count,
        errors: WordErrors.count(said: clip.transcript, heard: heard.text), soundMs: heard.milliseconds,
        delayMs: Double(milliseconds(heard.delay)))
      results.append(result)
      if !json { print("\(result.errors)/\(result.words) \(Int(result.delayMs)) ms  \(clip.name): \(heard.text)") }
    }
    let words = results.map(\.words).reduce(0, +)
    let errors = results.map(\.errors).reduce(0, +)
    let delays = results.map(\.delayMs).sorted()
    let report = Report(
      wordErrorRate: Double(errors) / Double(words), words: words, errors: errors, live: live,
      delayMs: ["p50": delays[delays.count / 2], "p95": delays[min(delays.count - 1, delays.count * 95 / 100)]], clips: results)
    if json {
      print(jsonLine(report))
    } else {
      print(
        "word error rate \(String(format: "%.1f", report.wordErrorRate * 100)) % (\(errors) of \(words) words), "
          + "delay p50 \(Int(report.delayMs["p50"] ?? 0)) ms, p95 \(Int(report.delayMs["p95"] ?? 0)) ms")
    }
  }

  /// A recording that set-up makes, played as the answer.
  private static let answer = "media/story.wav"

  private func comparePaths(_ recogniser: any SpeechToText) async throws {
    let story = try WaveFile.read(cache.cache + "/" + Self.answer)
    let answer = SampleRate.converted(story.samples, from: story.rate, to: SampleRate.spoken)
    var rates: [String: Double] = [:]
    var words = 0
    for way in GlassesPath.all {
      var errors = 0
      words = 0
      for clip in try HumanClip.all(in: clips) {
        let file = try WaveFile.read(clip.path)
        let sound = SampleRate.converted(file.samples, from: file.rate, to: SampleRate.heard)
        let heard = try await Listening.listen(to: try way.hear(sound, answer: answer), with: recogniser, pace: .atOnce)
        words += WordErrors.words(clip.transcript).count
        errors += WordErrors.count(said: clip.transcript, heard: heard.text)
      }
      rates[way.name] = Double(errors) / Double(words)
      let line = "\(way.name): \(errors) of \(words) words wrong\n"
      FileHandle.standardError.write(Data(line.utf8))
    }
    if json {
      print(jsonLine(PathReport(words: words, wordErrorRates: rates)))
    } else {
      for way in GlassesPath.all {
        print("\(way.name)\t\(String(format: "%.1f", (rates[way.name] ?? 0) * 100)) %")
      }
    }
  }

  private struct PathReport: Encodable {
    var words: Int
    var wordErrorRates: [String: Double]
  }

  private struct ClipResult: Encodable {
    var clip: String
    var said: String
    var heard: String
    var words: Int
    var errors: Int
    var soundMs: Int
    var delayMs: Double
  }

  private struct Report: Encodable {
    var wordErrorRate: Double
    var words: Int
    var errors: Int
    var live: Bool
    var delayMs: [String: Double]
    var clips: [ClipResult]
  }
}

/// A recording with its transcript.
struct HumanClip {
  var name: String
  var path: String
  var transcript: String

  /// The clips named in the package's transcript files, whose lines are “<s> words </s> (name)”.
  static func all(in folder: String) throws -> [HumanClip] {
    try [("cards", "cards.transcription"), ("librivox", "transcription")].flatMap { directory, list -> [HumanClip] in
      guard let text = try? String(contentsOfFile: "\(folder)/\(directory)/\(list)", encoding: .utf8) else {
        throw ValidationError("\(folder)/\(directory)/\(list) is missing: install pocketsphinx-testdata (tools/setup does)")
      }
      return text.split(separator: "\n").compactMap { line -> HumanClip? in
        guard let parts = line.firstMatch(of: /<s>\s*(.*?)\s*<\/s>\s*\((.+)\)/)?.output else { return nil }
        return HumanClip(name: String(parts.2), path: "\(folder)/\(directory)/\(parts.2).wav", transcript: String(parts.1))
      }
    }
  }
}
