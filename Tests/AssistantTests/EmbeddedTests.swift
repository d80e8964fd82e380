import Foundation
import Testing

@testable import Assistant

private let cache = ModelCache(directory: ModelCache.standardDirectory)
private let media = cache.directory + "/media"
private let clips = "/usr/share/pocketsphinx/test/data"
private let isSetUp = FileManager.default.fileExists(atPath: media + "/timer.wav")
private let reason: Comment = "the models and test media are missing: run tools/setup"

/// Samples of a 16-bit mono WAV with a plain header.
private func sound(_ path: String) throws -> [Int16] {
  var stream = WaveStream()
  let file = try #require(stream.take(try Data(contentsOf: URL(fileURLWithPath: path))))
  return SampleRate.converted(file.samples.map { Int16($0 * 32768) }, from: file.rate, to: SampleRate.heard)
}

private func picture(_ name: String, rotation: Int = 0) throws -> Picture {
  Picture(
    bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(media)/\(name)"))), format: name.hasSuffix("png") ? .png : .jpeg,
    rotation: rotation)
}

@Suite(.enabled(if: isSetUp, reason), .serialized) struct EmbeddedEngineTests {
  @Test func moonshineHearsAHuman() async throws {
    let recogniser = try MoonshineRecogniser(model: cache.moonshine(), lockstep: true)
    let transcription = recogniser.transcription()
    var partials: [String] = []
    let samples = try sound("\(clips)/librivox/sense_and_sensibility_01_austen_64kb-0930.wav")
    for start in stride(from: 0, to: samples.count, by: 320) {
      if let partial = try await transcription.append(Array(samples[start..<min(start + 320, samples.count)])) {
        partials.append(partial.text)
      }
    }
    #expect(try await transcription.finish() == "He might even have been made amiable himself.")
    #expect(partials.count > 1)
    #expect(partials.first?.hasPrefix("He") == true)
  }

  @Test func moonshineInventsNothingInSilenceOrHum() async throws {
    let recogniser = try MoonshineRecogniser(model: cache.moonshine(), lockstep: true)
    let silence = recogniser.transcription()
    _ = try await silence.append([Int16](repeating: 3, count: SampleRate.heard * 2))
    #expect(try await silence.finish() == "")
    #expect(try await recogniser.transcription().finish() == "")
  }

  @Test(arguments: [AssistantConfiguration.VoiceChoice.piper, .espeak, .flite])
  func voicesSpeak(_ choice: AssistantConfiguration.VoiceChoice) async throws {
    let voice = try VoiceMaker.voice(choice, cache: cache)
    var samples: [Int16] = []
    for try await piece in voice.speak("Remember that my locker code is 4417.") {
      #expect(piece.count <= SampleRate.spoken / 10)
      samples += piece
    }
    let seconds = Double(samples.count) / Double(SampleRate.spoken)
    #expect(seconds > 1.5 && seconds < 6)
    #expect(samples.contains { abs(Int($0)) > 3000 })
  }

  @Test func whatPiperSaysMoonshineHears() async throws {
    let voice = try VoiceMaker.voice(.piper, cache: cache)
    var samples: [Int16] = []
    for try await piece in voice.speak("Set a timer for five minutes.") { samples += piece }
    let transcription = try MoonshineRecogniser(model: cache.moonshine(), lockstep: true).transcription()
    _ = try await transcription.append(SampleRate.converted(samples, from: SampleRate.spoken, to: SampleRate.heard))
    #expect(try await transcription.finish() == "Set a timer for five minutes.")
  }

  @Test func aVoiceThatIsNoLongerHeardStops() async throws {
    let voice = try VoiceMaker.voice(.piper, cache: cache)
    for try await _ in voice.speak("This is a rather long sentence, and nobody listens to its end, which is a pity.") { break }
    var samples = 0
    for try await piece in voice.speak("Done.") { samples += piece.count }
    #expect(samples > 0)
  }

  @Test(arguments: [
    (
      "page.png",
      ["Opening hours", "Monday to Friday from 9 to 17", "Saturday from 10 to 14", "The library is closed on Sunday."]
    ),
    ("sign.jpg", ["Platform 4", "Trains to Oslo"]),
  ])
  func printIsRead(_ name: String, _ lines: [String]) async throws {
    #expect(try await TesseractReader().read(picture(name)).lines == lines)
  }

  /// Versions of Tesseract differ in how much of this sign they read.
  @Test func aSignInAPhotographIsRead() async throws {
    let text = try await TesseractReader().read(picture("notice.jpg")).lines.joined(separator: " ")
    #expect(text.contains("DOUBLE PARKING"))
  }

  @Test func aSceneWithoutTextIsSilent() async throws {
    #expect(try await TesseractReader().read(picture("building.jpg")) == PictureText())
  }

  @Test func codesAreRead() async throws {
    #expect(
      try await TesseractReader().read(picture("code.png")).codes == [.init(kind: "QR-Code", text: "https://example.org/menu")])
  }

  @Test func picturesAreTurnedUpright() throws {
    let raw = try Raster.decoded(picture("notice.jpg"))
    let turned = try Raster.decoded(picture("notice.jpg", rotation: 90))
    #expect((raw.width, raw.height) == (turned.height, turned.width))
    #expect(raw.grey()?.luminance()[0] == turned.grey()?.luminance()[turned.width - 1])
  }

  @Test func damagedPicturesAreNamed() async throws {
    await #expect(throws: BackEndFailure(.imageReader, "the picture is damaged or is no JPEG or PNG")) {
      try await TesseractReader().read(Picture(bytes: [UInt8](repeating: 7, count: 100), format: .jpeg))
    }
  }

  @Test func aWholeTurnWithSpokenQuestionAndPhotograph() async throws {
    let assistant = try Assistant(configuration: .embedded(cacheDirectory: cache.directory, lockstep: true))
    let turn = assistant.turn(context())
    let said = Said()
    await turn.handle(.audio(try sound("\(media)/read-this.wav")), emit: said.emit)
    await turn.handle(.endOfSpeech, emit: said.emit)
    // Each set-up speaks the question anew, never twice alike: the recogniser hears "this" or "the".
    let heard = await said.story.suffix(2).map { $0.replacing("this sign", with: "the sign") }
    #expect(heard == ["final What does the sign say?", "want picture"])
    await turn.handle(.picture(try picture("notice.jpg")), emit: said.emit)
    let story = await said.story
    #expect(story.contains { $0.hasPrefix("answer") && $0.lowercased().contains("double parking") })
    #expect(story.suffix(2) == ["speech", "ended answered"])
  }
}

@Suite struct SpeechSpans {
  private static func tone(_ frames: Int, _ level: Int16) -> [Int16] {
    [Int16](repeating: level, count: frames * SpeechSpan.frame)
  }

  @Test func speechIsFoundBetweenSilences() {
    var span = SpeechSpan()
    span.append(Self.tone(50, 10) + Self.tone(30, 4000) + Self.tone(40, 10))
    #expect(span.speech?.frames == 38..<86)
    #expect(span.speech?.end == 80)
  }

  @Test func silenceHoldsNoSpeech() {
    var span = SpeechSpan()
    span.append(Self.tone(100, 30))
    #expect(span.speech == nil)
  }

  @Test func loudRoomsKeepTheirSpeech() {
    var span = SpeechSpan()
    span.append(Self.tone(50, 300) + Self.tone(30, 6000) + Self.tone(50, 300))
    #expect(span.speech?.end == 80)
  }

  @Test func soundWithoutPausesIsAllSpeech() {
    var span = SpeechSpan()
    span.append(Self.tone(40, 4000))
    #expect(span.speech?.frames == 0..<40)
  }

  @Test func waveStreamsMayArriveInAnyPieces() {
    var header = [UInt8](repeating: 0, count: 44)
    header[24] = 0x22
    header[25] = 0x56
    var stream = WaveStream()
    #expect(stream.take(Data(header[..<40])) == nil)
    #expect(stream.take(Data(header[40...] + [0, 64, 0]))?.samples == [0.5])
    let rest = stream.take(Data([192]))
    #expect(rest?.rate == 22050 && rest?.samples == [-0.5])
  }
}
