import Engagement
import HAL
import Overlay
import Power
import Units
import Voice
import Wire

/// Questions asked while the host is away: kept sealed, asked in order when it is back (`KeptQuestions`).
extension Glasses {
  // MARK: Keeping

  /// Whether the question of this turn could be asked later: none of it has left the glasses for good, and there is room.
  var canKeepQuestion: Bool {
    guard pairedHost != nil else { return false }
    switch engagement.state {
    case .engaged: return !journal.hasForgotten && kept.hasRoom(for: Self.longestKept)
    case .thinking:
      // A host that has the whole question may have acted on it: it is not asked a second time behind the wearer's back.
      return kept.isFirstUnderWay || !answer.hasHeardHost && !journal.hasForgotten && kept.hasRoom(for: Self.longestKept)
    case .notWorn, .dormant, .armed, .presenting, .pairing: return false
    }
  }

  /// Something has come from the host.
  func noteHost() {
    if engagement.state.isInTurn { answer.hasHeardHost = true }
  }

  /// Of one question, in bytes: at 24 kbit/s over twenty seconds of sound.
  private static var longestKept: Int { 64 * 1024 }

  /// The wearer speaks, and is told on the card alone that nobody hears it yet.
  func tellHostIsAway(at now: Instant) {
    show(Card(.listening, title: Phrases.hostAway.title, body: Phrases.hostAway.body), at: now)
  }

  /// The question is whole, and nobody is there: out of the journal it goes, sealed. `spoken`: it has ended just now.
  func keepQuestion(_ spoken: EndReason?, at now: Instant) {
    guard !kept.isFirstUnderWay else { return }
    let turn = engagement.turn
    if spoken != nil {
      do throws(CodecError) {
        try encoder.finish { sequence, packet in sendAudio(turn: turn, sequence: sequence, packet) }
      } catch {
        tracer.log("The last words could not be encoded.", at: now)
      }
    }
    var trigger = Trigger.button
    var packets: [UInt8] = []
    var typed: [UInt8]?
    for message in journal.messages() {
      switch message {
      case .turnBegan(let began) where began.turn == turn: trigger = began.trigger
      case .audio(let packet) where packet.turn == turn:
        packets.append(UInt8(truncatingIfNeeded: packet.opus.count >> 8))
        packets.append(UInt8(truncatingIfNeeded: packet.opus.count))
        packets += packet.opus
      case .typed(let question) where question.turn == turn: typed = [UInt8](question.text.utf8)
      case .hello, .turnBegan, .audio, .endOfSpeech, .picture, .pictureFailed, .typed, .cancel, .status, .received: break
      }
    }
    let content: KeptQuestions.Content
    if let typed { content = .typed(seal.seal(typed)) } else { content = .spoken(seal.seal(packets)) }
    kept.keep(KeptQuestions.Question(content: content, trigger: typed == nil ? trigger : .typed, askedAt: now), at: now)
    tracer.mark("question_kept", turn: turn, at: now) {
      $0.add("waiting", kept.count)
      $0.add("bytes", content.size)
    }
  }

  /// The first that is kept is told with a soft tone, further ones with their card alone.
  func soundKept(at now: Instant) {
    if kept.count > 1 { speakerFailed() } else { play(.reminder, at: now) }
  }

  // MARK: Asking

  /// After each event: when something is due, and whether a question can be asked now.
  func attendKept(at now: Instant) {
    guard !kept.isEmpty else { return deferred.attendKeptQuestions(at: nil, at: now) }
    let isAtRest = engagement.state == .dormant || engagement.state == .armed
    if isAtRest, powerOff == nil, isWelcome, !resumption.isReconnecting, !kept.isFirstUnderWay {
      conductor.post(.keptQuestion)
      settle(at: now)
    }
    deferred.attendKeptQuestions(at: engagement.state.isInTurn || isCallingHost ? nil : kept.due, at: now)
  }

  /// Questions that are too old are given up; for the others the host is called.
  func callForKept(at now: Instant) {
    guard !engagement.state.isInTurn else { return }
    let old = kept.giveUp(at: now)
    if old > 0 { tellGivenUp(old, at: now) }
    guard !kept.isEmpty, !isSessionOpen, let call = kept.nextCall, call <= now else { return }
    kept.calling()
    isCallingHost = true
    tracer.instant("host_called", .link, at: now) { $0.add("waiting", kept.count) }
  }

  /// Nobody answered.
  func hostCallFailed(at now: Instant) {
    guard isCallingHost else { return }
    isCallingHost = false
    kept.hostIsAway(at: now)
  }

  /// The turn of a kept question: it goes to the host as it was said.
  func askKept(_ turn: UInt32, at now: Instant) {
    guard let question = kept.first() else { return }
    let waited = now - question.askedAt
    tracer.mark("question_asked", turn: turn, at: now) { $0.add("waited_ms", waited.milliseconds) }
    tracer.mark("end_of_speech", turn: turn, at: now) { $0.add("last_sample_us", now.nanoseconds / 1000) }
    switch question.content {
    case .typed(let sealed):
      guard let bytes = seal.open(sealed) else { return }
      send(.typed(TypedQuestion(turn: turn, text: String(decoding: bytes, as: UTF8.self))))
    case .spoken(let sealed):
      guard let bytes = seal.open(sealed) else { return }
      send(.turnBegan(TurnBegan(turn: turn, trigger: .kept, preRollMilliseconds: 0)))
      var offset = 0
      var sequence: UInt32 = 0
      while offset + 2 <= bytes.count {
        let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
        let end = min(offset + 2 + length, bytes.count)
        sendAudio(turn: turn, sequence: sequence, bytes.span.extracting(offset + 2..<end))
        sequence += 1
        offset = end
      }
      send(.endOfSpeech(EndOfSpeech(turn: turn, reason: .silence)))
    }
  }

  /// A turn is over: if it asked a kept question, that is answered, or is kept on.
  func keptTurnEnded(_ ending: TurnEnding, at now: Instant) {
    if kept.ended(isKept: ending == .kept, at: now) { tellGivenUp(1, at: now) }
  }

  private func tellGivenUp(_ count: Int, at now: Instant) {
    tracer.instant("question_given_up", .log, at: now) { $0.add("count", count) }
    tracer.log(Phrases.questionsGivenUp.body, at: now)
    show(Card(.reminder, title: Phrases.questionsGivenUp.title, body: Phrases.questionsGivenUp.body), at: now)
  }

  func forgetKept() {
    if !kept.isEmpty { tracer.instant("question_given_up", .log, at: board.now()) { $0.add("count", kept.count) } }
    kept.clear()
    isCallingHost = false
  }
}
