import Assistant
import Foundation
import HostLink
import Synchronization
import Testing
import Wire

/// A directory that goes with its owner.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/sotto-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A server on a free port with its own state directory, and the glasses it is paired with.
struct TestHost {
  let directory: TemporaryDirectory
  let store: HostStore
  let server: HostServer
  let log = EventLog()
  let glasses: Identity

  init(
    assistant: Assistant? = nil, limits: HostLimits = patient, pairs: Bool = true, socketSendBuffer: Int? = nil
  ) async throws {
    directory = try TemporaryDirectory()
    store = try HostStore(directory: directory.path)
    glasses = try #require(Identity.create())
    if pairs { try store.add(PairedDevice(name: "test glasses", fingerprint: glasses.fingerprint, paired: Date())) }
    var configuration = HostConfiguration(
      store: store, listen: ListenAddress(host: "127.0.0.1", port: 0), assistant: try assistant ?? Self.assistant(),
      hostName: "test host")
    configuration.limits = limits
    configuration.events = log.sink
    configuration.socketSendBuffer = socketSendBuffer
    server = try await HostServer.start(configuration)
  }

  /// So that a busy machine does not look like a peer that is late.
  static var patient: HostLimits {
    var limits = HostLimits()
    limits.handshake = .seconds(60)
    limits.firstMessage = .seconds(60)
    limits.unread = .seconds(60)
    return limits
  }

  static func assistant(
    transcripts: [String] = ["what time is it"], answers: [AnswerPiece] = [.sentence("It is noon.")],
    tone: Duration = .milliseconds(600), lockstep: Bool = false
  ) throws -> Assistant {
    try Assistant(
      configuration: .scripted(Script(transcripts: transcripts, answers: answers, toneLength: tone), lockstep: lockstep))
  }

  /// Another pair of glasses that may come in.
  func pairMore(_ name: String) throws -> Identity {
    let identity = try #require(Identity.create())
    try store.add(PairedDevice(name: name, fingerprint: identity.fingerprint, paired: Date()))
    return identity
  }

  func glassesSession(_ identity: Identity? = nil) async throws -> TestGlasses {
    try await TestGlasses.connect(
      port: server.address.port, identity: identity ?? glasses, expecting: .paired(store.identity.fingerprint))
  }
}

/// A language model that thinks until it is no longer wanted, and says when that was.
final class EndlessThinker: LanguageModel {
  private struct State {
    var stopped = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }
  private let state = Mutex(State())

  func warmUp() async throws {}

  func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
    AsyncThrowingStream { continuation in
      continuation.yield(.sentence("Let me think."))
      continuation.onTermination = { _ in self.stop() }
    }
  }

  private func stop() {
    let waiting = state.withLock { state in
      state.stopped += 1
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Returns when an answer was given up.
  func stopped() async {
    await withCheckedContinuation { continuation in
      let isStopped = state.withLock { state in
        if state.stopped == 0 { state.waiting.append(continuation) }
        return state.stopped > 0
      }
      if isStopped { continuation.resume() }
    }
  }

  static func assistant(_ thinker: EndlessThinker, memoryPath: String? = nil) throws -> Assistant {
    try Assistant(
      configuration: AssistantConfiguration(
        engines: .custom(ScriptedRecogniser(transcripts: ["think"]), thinker, ScriptedVoice(), ScriptedReader(PictureText())),
        memoryPath: memoryPath))
  }
}

/// Looks at everything and says what kind of picture came.
struct PictureEcho: LanguageModel {
  func warmUp() async throws {}

  func answer(_ question: Question) -> AsyncThrowingStream<AnswerPiece, any Error> {
    AsyncThrowingStream { continuation in
      switch question.view {
      case .notLooked: continuation.yield(.wantPicture)
      case .picture(let picture):
        continuation.yield(.sentence("\(picture.bytes.count) bytes of \(picture.format), turned by \(picture.rotation)."))
      case .failed(let reason): continuation.yield(.sentence("No picture: \(reason)."))
      }
      continuation.finish()
    }
  }

  static func assistant() throws -> Assistant {
    try Assistant(
      configuration: AssistantConfiguration(
        engines: .custom(ScriptedRecogniser(transcripts: ["look"]), PictureEcho(), ScriptedVoice(), ScriptedReader(PictureText()))
      ))
  }
}
