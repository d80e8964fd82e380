import Foundation
import Synchronization
import Wyoming

/// A recogniser behind the OpenAI interface: the whole utterance is sent to `audio/transcriptions` when it is complete.
struct OpenAIRecogniser: SpeechToText {
  private let settings: OpenAISettings
  private let exchange: HTTPExchange
  private let voice: BackEndVoice

  init(_ settings: OpenAISettings, key: Secret?, name: String) {
    self.settings = settings
    exchange = HTTPExchange(base: settings.url, key: key, connect: settings.deadlines.connect)
    voice = BackEndVoice(name: name, part: .recogniser)
  }

  /// What is wrong is said when it is asked.
  func warmUp() async throws {}

  func transcription() -> any Transcription { OpenAITranscription(recogniser: self) }

  fileprivate func text(_ samples: [Int16]) async throws -> String {
    do {
      return try await Watchdog.guarding(settings.deadlines.firstOutput) { _ in
        let form = SpeechForm(samples: samples, model: settings.model)
        let response = try await exchange.post("/audio/transcriptions", form.body, type: form.type)
        guard let text = try await exchange.json(response)["text"]?.text else { throw HTTPFailure("sent a reply without text") }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
      }
    } catch {
      throw voice.failure(of: error)
    }
  }
}

private final class OpenAITranscription: Transcription {
  private let recogniser: OpenAIRecogniser
  private let samples = Mutex<[Int16]>([])

  init(recogniser: OpenAIRecogniser) { self.recogniser = recogniser }

  func append(_ more: [Int16]) async throws -> Partial? {
    samples.withLock { $0 += more }
    return nil
  }

  func finish() async throws -> String {
    let whole = samples.withLock { $0 }
    return whole.isEmpty ? "" : try await recogniser.text(whole)
  }

  func cancel() async { samples.withLock { $0 = [] } }
}

/// An utterance as the upload of a form (RFC 7578), with the sound as a WAV file.
struct SpeechForm {
  /// Cannot occur in the fields; in the sound it has no line of its own with these odds: 2⁻²⁰⁰.
  private static let boundary = "sotto-7b1f5d0c9a3e4826"

  let type = "multipart/form-data; boundary=\(boundary)"
  let body: [UInt8]

  init(samples: [Int16], model: String) {
    var body = Array(Self.field("model").utf8) + Array(model.utf8)
    body += Array("\r\n".utf8) + Array(Self.field("response_format").utf8) + Array("json\r\n".utf8)
    body += Array("--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"speech.wav\"\r\n".utf8)
    body += Array("Content-Type: audio/wav\r\n\r\n".utf8) + Self.wave(samples) + Array("\r\n--\(Self.boundary)--\r\n".utf8)
    self.body = body
  }

  private static func field(_ name: String) -> String {
    "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n"
  }

  /// 16 kHz, one channel.
  static func wave(_ samples: [Int16]) -> [UInt8] {
    let sound = SoundFormat.bytes(samples)
    let number = { (value: Int, width: Int) in (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    return Array("RIFF".utf8) + number(36 + sound.count, 4) + Array("WAVEfmt ".utf8) + number(16, 4) + number(1, 2) + number(1, 2)
      + number(SampleRate.heard, 4) + number(SampleRate.heard * 2, 4) + number(2, 2) + number(16, 2) + Array("data".utf8)
      + number(sound.count, 4) + sound
  }
}
