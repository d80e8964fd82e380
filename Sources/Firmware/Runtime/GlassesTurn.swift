import Engagement
import HAL
import Overlay
import Power
import Units
import Voice
import Wake
import Wire

extension Glasses {
  /// Carries out what the engagement machine decided.
  func carryOut(_ actions: EngagementActions, of event: EngagementEvent, from before: EngagementState, at now: Instant) {
    if actions.keepQuestion { keepQuestion(actions.speechEnded, at: now) }
    if let ended = actions.turnEnded { endTurn(ended, at: now) }
    if actions.hush { hush(at: now) }
    if engagement.state != before {
      tracer.end(before.name, .state, at: now)
      tracer.begin(engagement.state.name, .state, at: now)
      adjustMicrophonePeriod(from: before)
      watchSound(from: before, at: now)
      if engagement.state == .thinking || engagement.state == .presenting && before != .thinking { beginInterruptible() }
      tellFollowers("state", at: now) { $0.add("state", engagement.state.name) }
      ledger.enter(state: engagement.state.rawValue, at: now, work: work)
    }
    if let reason = actions.speechEnded, !actions.keepQuestion { endSpeech(reason, at: now) }
    if actions.hostIsAway { tellHostIsAway(at: now) }
    // A word that came too late, or against the wearer's will, is forgotten.
    if case .wakeWord = event, actions.turnBegan == nil { wakeWordEnd = nil }
    if let begun = actions.turnBegan { beginTurn(begun.turn, begun.trigger, at: now) }
    if let notice = actions.notice { tell(notice, at: now) }
    if actions.refusePicture { refusePicture(at: now) }
    if actions.beginPairing { beginPairing(at: now) }
    if actions.confirmPairing { confirmPairing(at: now) }
    if actions.endPairing { endPairing(at: now) }
    if engagement.state != before && !engagement.state.isInTurn {
      park(at: now)
    }
    // How pairing in the hand ended stays to be read: `handle(_: OverlayEvent)` sees to the rest when that card goes.
    if case .pairingEnded = event {} else { handle(.watched(isWatched), at: now) }
    handle(.busy(engagement.state.isInTurn || engagement.state == .pairing), at: now)
    // Who has just stopped the glasses wants to hear no more.
    if before.isInTurn, !engagement.state.isInTurn, actions.turnEnded?.ending != .cancelled { tellNews(at: now) }
  }

  /// Somebody looks at the display while the glasses are worn, or held in the hand to pair them, and may use it.
  var isWatched: Bool {
    powerOff != nil || engagement.state == .pairing || engagement.isWorn && engagement.permissions.display
  }

  private func beginTurn(_ turn: UInt32, _ trigger: Trigger, at now: Instant) {
    for part in Part.allCases { energyAtTurnBegin[Int(part.rawValue)] = ledger.energy(of: part, at: now) }
    tracer.begin("turn", .turn, at: now) {
      $0.add("turn", turn)
      $0.add("trigger", Self.name(of: trigger))
    }
    tracer.mark("wake", turn: turn, at: now)
    deferred.keepParkedLink()
    reserveJournal()
    answer = AnswerProgress()
    playback.clear()
    ring.keepPreRoll()
    // The word itself is no part of the question.
    if trigger == .wakeWord, let wakeWordEnd { ring.keep(since: wakeWordEnd - WakeListener.lag) }
    wakeWordEnd = nil
    if let interruptionOnset { ring.keep(since: interruptionOnset - Self.interruptionLead) }
    interruptionOnset = nil
    voicing.reset()
    questionLevel = QuestionLevel()
    endpoint = EndpointDetector(description.listening, wake: now)
    resetCodecs(at: now)
    uplinkRate.restart()
    switch trigger {
    case .kept: return askKept(turn, at: now)
    // A typed question stands for its whole turn.
    case .typed: break
    case .button, .wakeWord:
      let takesPicture = description.camera.takesAtWake && board.camera != nil && engagement.permissions.camera
      send(
        .turnBegan(
          TurnBegan(
            turn: turn, trigger: trigger, preRollMilliseconds: UInt32(clamping: ring.duration.milliseconds),
            clockMicroseconds: clockForEcho(at: now), pictureFollows: takesPicture)))
      if takesPicture { conductor.post(.pictureWanted) }
    }
    if let battery = readBattery(at: now) { send(status(battery)) }
    if trigger == .typed {
      send(.typed(TypedQuestion(turn: turn, text: typedQuestion ?? "")))
      typedQuestion = nil
      tracer.mark("end_of_speech", turn: turn, at: now) { $0.add("last_sample_us", now.nanoseconds / 1000) }
    } else {
      show(Card(.listening, title: "Listening"), at: now)
    }
  }

  /// The wearer has finished: what is left in the encoder goes out, and the host is told.
  private func endSpeech(_ reason: EndReason, at now: Instant) {
    let turn = engagement.turn
    do throws(CodecError) {
      try encoder.finish { sequence, packet in sendAudio(turn: turn, sequence: sequence, packet) }
    } catch {
      tracer.log("The last words could not be encoded.", at: now)
    }
    let last = answer.lastSpeech ?? now
    tracer.mark("end_of_speech", turn: turn, at: now) {
      $0.add("last_sample_us", last.nanoseconds / 1000)
      $0.add("reason", Self.name(of: reason))
    }
    send(
      .endOfSpeech(
        EndOfSpeech(
          turn: turn, reason: reason, silenceMilliseconds: UInt32(clamping: (now - last).milliseconds),
          clockMicroseconds: clockForEcho(at: now), bitsPerSecond: uplinkRate.isBest ? 0 : UInt32(uplinkRate.bitrate))))
    // A host that has not waited for the end is answering already.
    drawAfter = now + Self.quickAnswer
    if engagement.state == .thinking { show(Card(.listening, title: "One moment"), at: now) }
  }

  /// An answer that was begun before the end of speech is there within this time. Drawing takes some 10 ms, in which nothing is heard.
  private static var quickAnswer: Duration { .milliseconds(100) }

  private func endTurn(_ ended: EngagementActions.Ended, at now: Instant) {
    drawAfter = nil
    if let reason = ended.cancel {
      let heard = playback.heardTime(pending: board.speaker?.pending ?? 0)
      send(.cancel(CancelTurn(turn: ended.turn, reason: reason, heardMilliseconds: UInt32(clamping: heard.milliseconds))))
      tracer.mark("cancel", turn: ended.turn, at: now) { $0.add("heard_ms", heard.milliseconds) }
    }
    talkUntil = nil
    intents.turnEnded()
    traceEnergy(of: ended.turn, at: now)
    tracer.end("turn", .turn, at: now) {
      $0.add("turn", ended.turn)
      $0.add("outcome", ended.ending.name)
    }
    if !isSessionOpen && !resumption.isReconnecting { journal.clear() }
    keptTurnEnded(ended.ending, at: now)
  }

  private func traceEnergy(of turn: UInt32, at now: Instant) {
    tracer.mark("turn_energy", turn: turn, at: now) {
      var total = Nanojoules.zero
      for part in Part.allCases {
        let used = ledger.energy(of: part, at: now) - energyAtTurnBegin[Int(part.rawValue)]
        total += used
        if used > .zero { $0.add(part.name, suffix: "_uj", used.value / 1000) }
      }
      $0.add("total_uj", total.value / 1000)
    }
  }

  private static func name(of trigger: Trigger) -> StaticString {
    switch trigger {
    case .button: "button"
    case .wakeWord: "wakeWord"
    case .typed: "typed"
    case .kept: "kept"
    }
  }

  static func name(of reason: EndReason) -> StaticString {
    switch reason {
    case .silence: "silence"
    case .longest: "longest"
    case .button: "button"
    case .host: "host"
    }
  }

  /// The host takes the words for finished. What is heard decides: the wearer may have gone on meanwhile.
  private func endListening(at now: Instant) {
    guard engagement.state == .engaged, let last = endpoint.lastSpeech,
      now - max(last, endpoint.wake) >= description.listening.leastSilence
    else { return }
    answer.lastSpeech = last
    if !intents.defersEnd() { conductor.post(.speechEnded(.host)) }
  }

  // MARK: One timeline with the host

  /// What the host is to echo: only a trace needs it.
  private func clockForEcho(at now: Instant) -> UInt64 { board.isTracing ? UInt64(clamping: now.nanoseconds / 1000) : 0 }

  /// The host read its clock at some moment between the message and its echo: in the middle, within half of that time.
  private func compareClocks(_ echo: ClockEcho, at now: Instant) {
    let sent = Int64(clamping: echo.clockMicroseconds)
    let there = Int64(clamping: echo.hostMicroseconds)
    let received = now.nanoseconds / 1000
    // A host that echoes what was never sent is not compared with.
    guard sent > 0, sent <= received, there > 0 else { return }
    let uncertainty = (received - sent) / 2
    tracer.instant("clock", .link, at: now) {
      $0.add("host_minus_glasses_us", there - sent - uncertainty)
      $0.add("uncertainty_us", uncertainty)
    }
  }

  // MARK: What the host says

  func handle(_ message: HostMessage, at now: Instant) {
    switch message {
    case .welcome(let welcome):
      isWelcome = true
      hasHost = true
      welcomed(welcome, at: now)
      // A board that has a clock goes by it.
      if let time = welcome.localTime, !isTimeTheBoards {
        wallClock.set(time, at: now)
        reconsider(at: now)
      }
      tracer.instant("welcome", .link, at: now) { $0.add("host", welcome.hostName) }
    case .transcript(let transcript) where isPresent(transcript.turn):
      tracer.mark("transcript", turn: transcript.turn, at: now) {
        $0.add("text", transcript.text)
        $0.add("final", transcript.isFinal)
      }
      if transcript.isFinal { conductor.post(.transcribed) }
    case .soundsFinished(let finished) where isPresent(finished.turn):
      endListening(at: now)
    case .clockEcho(let echo):
      compareClocks(echo, at: now)
    case .wantPicture(let wish) where isPresent(wish.turn):
      tracer.mark("want_picture", turn: wish.turn, at: now)
      conductor.post(.pictureWanted)
    case .answerText(let text) where isPresent(text.turn):
      tracer.mark("answer", turn: text.turn, at: now) { $0.add("text", text.text) }
      answer.say(text.text)
      conductor.post(.answerBegan)
    case .speech(let packet) where isPresent(packet.turn):
      hear(packet, at: now)
      conductor.post(.answerBegan)
    case .card(let content) where isPresent(content.turn):
      conductor.post(.answerBegan)
      settle(at: now)
      if engagement.state == .presenting {
        answer.hasCard = true
        show(Card(.answer, title: content.title, body: content.body), at: now)
      }
    case .turnEnded(let ended) where isPresent(ended.turn):
      tracer.mark("host_times", turn: ended.turn, at: now) {
        $0.add("recogniser_us", ended.recogniserMicroseconds)
        $0.add("language_us", ended.languageMicroseconds)
        $0.add("speech_us", ended.speechMicroseconds)
        $0.add("ahead_us", ended.aheadMicroseconds)
      }
      if !ended.reason.isEmpty { tracer.log(ended.reason, at: now) }
      conductor.post(.hostEnded(ended.outcome))
      settle(at: now)
      finishAnswer(at: now)
    case .reminder(let reminder):
      deferred.remind(reminder, at: now)
      tracer.instant("reminder_set", .log, at: now) { $0.add("after_ms", reminder.afterMilliseconds) }
    case .received(let received):
      if !journal.acknowledge(received.count) { tracer.log("The host claims to have what was never sent.", at: now) }
    case .refused(let refused):
      tracer.log(refused.reason, at: now)
      hasHost = false
      linkIsDown(refused.isFull ? .busy : .refused, at: now)
    case .transcript, .soundsFinished, .wantPicture, .answerText, .speech, .card, .turnEnded:
      break  // Of a turn that is over: the cancel and this crossed on the way.
    }
  }

  /// Whether a message is about the turn that is going on.
  private func isPresent(_ turn: UInt32) -> Bool {
    turn == engagement.turn && engagement.state.isInTurn && !answer.isHostDone
  }
}
