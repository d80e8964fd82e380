import Foundation
import HAL
import Testing
import Units
import Wake

@testable import WakeStudy

/// A folder of its own that goes with the test.
private final class Folder {
  let path = NSTemporaryDirectory() + "sotto-words-\(UUID().uuidString)"

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name)) }
  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }
}

private func manifest(model: String) -> String {
  #"{"wake_word": "Yes", "model": "\#(model)", "version": 2, "micro": {"probability_cutoff": 0.9, "sliding_window_size": 5}}"#
}

@Suite struct WordFolderTests {
  @Test func theInstalledWordsAllRun() throws {
    let folder = try WordFolder(WordFolder.installed)
    #expect(folder.entries.map(\.name) == ["alexa", "hey_jarvis", "hey_mycroft", "okay_nabu"])
    #expect(folder.entries.allSatisfy { $0.reason == nil })
    let jarvis = try #require(try folder.words(["hey_jarvis"]).first?.word)
    #expect(jarvis.network.products == 21_630)
    #expect((2_800...3_800).contains(jarvis.network.stateSize))
  }

  @Test func whatCannotBeUsedStaysInTheListWithItsReason() throws {
    let folder = try Folder()
    try folder.write("a.json", "{")
    try folder.write("b.json", manifest(model: "b.tflite"))
    try folder.write("c.json", manifest(model: "c.tflite"))
    try folder.write("c.tflite", "not a model at all")
    try folder.write("d.tflite", "nobody names it")
    let words = try WordFolder(folder.path)
    #expect(words.entries.map(\.name) == ["a", "b", "c"])
    #expect(words.entries[0].reason?.contains("not JSON") == true)
    #expect(words.entries[1].reason?.contains("b.tflite is not there") == true)
    #expect(words.entries[2].reason?.contains("not a TensorFlow Lite model") == true)
    #expect(throws: StudyError.self) { try words.words([]) }
    #expect(throws: StudyError.self) { try words.words(["c"]) }
  }

  @Test func anEmptyFolderAndNoneAreErrors() throws {
    let folder = try Folder()
    #expect(throws: StudyError.self) { try WordFolder(folder.path) }
    #expect(throws: StudyError.self) { try WordFolder(folder.path + "/none") }
  }

  @Test func aWordStatesItsOwnSensitivityOrTakesTheCommonOne() throws {
    let folder = try WordFolder(WordFolder.installed)
    let words = try folder.words(["okay_nabu 0.7", "alexa"], sensitivity: .high)
    #expect(words[0].word.cutoff == 0.7)
    #expect(abs(words[1].word.cutoff - 0.8) < 1e-9)
    #expect(throws: StudyError.self) { try folder.words(["okay_nabo"]) }
    #expect(throws: StudyError.self) { try folder.words(["alexa loud"]) }
  }
}

@Suite struct SoundFileTests {
  private func wave(rate: UInt32, samples: [Int16]) -> [UInt8] {
    var bytes: [UInt8] = Array("RIFF".utf8)
    func number(_ value: UInt32, _ width: Int) {
      for place in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
    }
    number(UInt32(36 + 2 * samples.count), 4)
    bytes += Array("WAVEfmt ".utf8)
    number(16, 4)
    number(1, 2)
    number(1, 2)
    number(rate, 4)
    number(rate * 2, 4)
    number(2, 2)
    number(16, 2)
    bytes += Array("data".utf8)
    number(UInt32(2 * samples.count), 4)
    for sample in samples { number(UInt32(UInt16(bitPattern: sample)), 2) }
    return bytes
  }

  @Test func otherRatesAreResampledAndTheFileSaysSo() throws {
    let folder = try Folder()
    try folder.write("a.wav", wave(rate: 48_000, samples: [Int16](repeating: 100, count: 48_000)))
    let sound = try SoundFile(folder.path + "/a.wav")
    #expect(sound.isResampled)
    #expect(sound.rate == 48_000)
    #expect(sound.samples.count == 16_000)
  }

  @Test func rawSoundIsTakenAsItIs() throws {
    let folder = try Folder()
    try folder.write("a.raw", [1, 0, 0xFE, 0xFF])
    #expect(try SoundFile(folder.path + "/a.raw").samples == [1, -2])
  }

  @Test(arguments: ["nothing", "RIFFxxxxWAVE", ""]) func whatIsNoSoundIsRefusedInWords(text: String) throws {
    let folder = try Folder()
    try folder.write("a.wav", text)
    #expect(throws: StudyError.self) { try SoundFile(folder.path + "/a.wav") }
    #expect(throws: StudyError.self) { try SoundFile(folder.path + "/none.wav") }
  }
}

@Suite struct WakeRunTests {
  /// What flite, a package that set-up installs, makes of `text`.
  private func spoken(_ text: String) throws -> [Int16] {
    let path = NSTemporaryDirectory() + "sotto-study-\(UUID().uuidString).wav"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let flite = Process()
    flite.executableURL = URL(fileURLWithPath: "/usr/bin/flite")
    flite.arguments = ["-voice", "awb", "-t", text, "-o", path]
    try flite.run()
    flite.waitUntilExit()
    try #require(flite.terminationStatus == 0)
    return try SoundFile(path).samples
  }

  @Test func aWordIsFoundOnceWithItsTimeAndScore() throws {
    let words = try WordFolder(WordFolder.installed).words([])
    let speech = try spoken("okay nabu. what is the time now?")
    let silence = [Int16](repeating: 0, count: 96_000)
    let run = WakeRun(silence + speech, words: words.map(\.word))
    #expect(run.detections.map { words[$0.word].name } == ["okay_nabu"])
    let found = try #require(run.detections.first)
    #expect((6.3...7.5).contains(found.seconds))
    #expect(found.score > 0.85 && found.peak >= found.score)
    #expect(run.processorSecondsPerHour > 0)
    let open = WakeRun(silence + speech, words: words.map(\.word), isGated: false)
    #expect(open.heardShare == 1)
    #expect(run.heardShare < 0.8)
  }

  @Test func theClosedGateLeavesAGapInThePlot() throws {
    let words = try WordFolder(WordFolder.installed).words(["alexa"])
    let run = WakeRun([Int16](repeating: 0, count: 160_000), words: words.map(\.word))
    #expect(run.detections.isEmpty)
    let columns = ScorePlot.columns(run.scores[0], seconds: run.seconds, count: 100)
    #expect(columns[5] != nil)
    #expect(columns[60] == nil)
    let lines = ScorePlot.lines(run, names: ["alexa"], cutoffs: [0.9], columns: 80)
    #expect(lines.count == 3)
    #expect(lines[1].contains("·"))
    #expect(lines[0].hasSuffix(">0.90"))
  }
}
