import Assistant
import Wyoming

/// A turn that the smart home answers: the wearer's voice goes to its pipeline, and its words and its sound come back. While the smart home is
/// away, and for typed questions, which its pipeline does not take from a satellite, the host's own assistant answers.
///
/// ```
/// listening ──transcript, or endOfSpeech──▶ waiting ──answer and sound──▶ over
///     └──────────────── cancel, error, silence over its deadline ────────▶ over
/// ```
actor SatelliteTurn: TurnHandling {
  /// Between the messages of a run. Below the 12 s after which glasses give a silent host up.
  private static let silence: Duration = .seconds(8)

  private enum Stage {
    case new
    case listening(SatelliteInbox)
    case waiting(SatelliteInbox)
    /// The host's own assistant has the turn.
    case handedOver
    case over
  }

  private let link: SatelliteLink
  private let own: any TurnHandling
  private var stage = Stage.new
  private var answer = SatelliteAnswer()
  private var reader: Task<Void, Never>?
  private var emit: (@Sendable (TurnOutput) async -> Void)?

  init(link: SatelliteLink, own: any TurnHandling) {
    self.link = link
    self.own = own
  }

  func handle(_ input: TurnInput, emit: @escaping @Sendable (TurnOutput) async -> Void) async {
    self.emit = emit
    if case .new = stage { await begin(input) }
    switch (input, stage) {
    case (_, .handedOver): await own.handle(input, emit: emit)
    case (.audio(let samples), .listening):
      await send(.audioChunk(SoundFormat(rate: SampleRate.heard), SoundFormat.bytes(samples)))
    case (.endOfSpeech, .listening(let inbox)):
      stage = .waiting(inbox)
      await send(.audioStop)
      await finished()
    case (.endOfSpeech, .waiting): await finished()
    case (.cancel, .listening(let inbox)), (.cancel, .waiting(let inbox)):
      reader?.cancel()
      await link.abandon(inbox)
      await reader?.value
      await end(.cancelled)
    case (.audio, _), (.endOfSpeech, _), (.text, _), (.pictureFollows, _), (.picture, _), (.pictureFailed, _), (.cancel, _): break
    }
  }

  private func begin(_ input: TurnInput) async {
    if case .text = input {
      stage = .handedOver
      return
    }
    if case .cancel = input { return }
    guard let inbox = try? await link.begin() else {
      stage = .handedOver
      return
    }
    stage = .listening(inbox)
    reader = Task { await self.read(inbox) }
  }

  /// The turn lasts until the answer is complete, or nobody wants it any more.
  private func finished() async {
    let reader = reader
    await withTaskCancellationHandler {
      await reader?.value
    } onCancel: {
      reader?.cancel()
    }
  }

  private func send(_ message: WyomingMessage) async {
    do {
      try await link.send(message)
    } catch is CancellationError {
      return
    } catch {
      await end(.failed("The smart home failed: \(error)."))
    }
  }

  private func read(_ inbox: SatelliteInbox) async {
    let watch = Silence(Self.silence) { inbox.close() }
    do {
      let isComplete = try await inbox.read { message in
        watch.note()
        if case .listening = self.stage, case .transcript = message { self.stage = .waiting(inbox) }
        for output in try self.answer.take(message) { await self.emit?(output) }
        watch.note()
        return self.answer.end != nil
      }
      watch.stop()
      guard isComplete, let end = answer.end else {
        await link.abandon(inbox)
        return await self.end(.failed("The smart home failed: it gave no answer."))
      }
      if end == .answered { try await link.send(.played) }
      await link.finish(inbox)
      await self.end(end)
    } catch {
      watch.stop()
      await link.abandon(inbox)
      await self.end(error is CancellationError ? .cancelled : .failed("The smart home failed: \(error)."))
    }
  }

  private func end(_ how: TurnEnd) async {
    if case .over = stage { return }
    stage = .over
    await emit?(.ended(how))
  }
}
