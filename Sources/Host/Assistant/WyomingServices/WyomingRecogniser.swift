import Foundation
import Synchronization
import Wyoming

/// A recogniser behind the Wyoming protocol. The sound is sent while it is spoken.
struct WyomingRecogniser: SpeechToText {
  let settings: WyomingSettings
  let voice: BackEndVoice

  init(_ settings: WyomingSettings, name: String) {
    self.settings = settings
    voice = BackEndVoice(name: name, part: .recogniser)
  }

  /// What is wrong is said when it is asked.
  func warmUp() async throws {}

  func transcription() -> any Transcription { WyomingTranscription(settings, voice) }
}

final class WyomingTranscription: Transcription {
  private struct State {
    var partial = ""
    var shown = ""
    var failure: (any Error)?
  }

  /// Sound that waits for a service that does not read: two minutes of 20 ms packets.
  private static let mostWaiting = 6000

  private let settings: WyomingSettings
  private let voice: BackEndVoice
  private let sound: AsyncStream<[Int16]>.Continuation
  private let work: Task<String, any Error>
  private let state: Shared

  private final class Shared: Sendable {
    let state = Mutex(State())
  }

  init(_ settings: WyomingSettings, _ voice: BackEndVoice) {
    self.settings = settings
    self.voice = voice
    let (stream, continuation) = AsyncStream.makeStream(of: [Int16].self, bufferingPolicy: .bufferingOldest(Self.mostWaiting))
    sound = continuation
    let shared = Shared()
    state = shared
    work = Task {
      do {
        return try await WyomingConnection.with(settings.address, timeout: settings.deadlines.connect) { connection in
          try await Self.run(connection, settings, stream, shared)
        }
      } catch {
        shared.state.withLock { $0.failure = error }
        throw error
      }
    }
  }

  deinit { work.cancel() }

  private static func run(
    _ connection: WyomingConnection, _ settings: WyomingSettings, _ sound: AsyncStream<[Int16]>, _ shared: Shared
  ) async throws -> String {
    try await withThrowingTaskGroup(of: String?.self) { group in
      group.addTask { try await read(connection, shared) }
      group.addTask {
        let format = SoundFormat(rate: SampleRate.heard)
        try await connection.send(.transcribe(language: settings.language, model: settings.model))
        try await connection.send(.audioStart(format))
        for await samples in sound { try await connection.send(.audioChunk(format, SoundFormat.bytes(samples))) }
        try Task.checkCancellation()
        try await connection.send(.audioStop)
        return nil
      }
      defer { group.cancelAll() }
      while let text = try await group.next() {
        if let text { return text }
      }
      throw CancellationError()
    }
  }

  private static func read(_ connection: WyomingConnection, _ shared: Shared) async throws -> String {
    var chunks = ""
    for try await message in connection.incoming {
      switch message {
      case .transcript(let text): return text.trimmingCharacters(in: .whitespacesAndNewlines)
      case .transcriptChunk(let text):
        chunks += text
        let whole = chunks
        shared.state.withLock { $0.partial = whole }
      case .transcriptStop: return chunks
      case .error(let words, _): throw WyomingFailure.refused(words)
      default: break
      }
    }
    try Task.checkCancellation()
    throw WyomingFailure.connection("it closed the connection before the transcript")
  }

  func append(_ samples: [Int16]) async throws -> Partial? {
    sound.yield(samples)
    let (news, failure) = state.state.withLock { state -> (String?, (any Error)?) in
      guard state.partial != state.shown else { return (nil, state.failure) }
      state.shown = state.partial
      return (state.partial, state.failure)
    }
    if let failure { throw voice.failure(of: failure) }
    return news.map { Partial($0) }
  }

  func finish() async throws -> String {
    sound.finish()
    let work = work
    do {
      return try await Watchdog.guarding(settings.deadlines.firstOutput) { _ in
        try await withTaskCancellationHandler {
          try await work.value
        } onCancel: {
          work.cancel()
        }
      }
    } catch {
      throw voice.failure(of: error)
    }
  }

  func cancel() async {
    work.cancel()
    sound.finish()
  }
}
