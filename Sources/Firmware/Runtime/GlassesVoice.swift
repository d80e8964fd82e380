import Engagement
import HAL
import Overlay
import Power
import Units
import Voice
import Wake
import Wire

extension Glasses {
  // MARK: Microphone

  /// Takes everything that the microphone has; while a turn listens, on to the codec and the endpoint detector. Nothing goes on unless
  /// the light is still seen to be on.
  func readMicrophone(at now: Instant) {
    let level = conductor.broker.level(of: .microphone)
    guard let microphone = board.microphone, level > Level.off else { return }
    let isStreaming = level == Level.microphoneStreaming && engagement.state == .engaged
    if isStreaming && !verifyLight(at: now) { return }
    do throws(DeviceError) {
      while true {
        var span = captureBuffer.mutableSpan
        let room = span.count
        let block = try microphone.read(into: &span)
        if block.lost > 0 { tracer.instant("capture_lost", .log, at: now) { $0.add("samples", block.lost) } }
        guard block.count > 0 else { break }
        hear(block, at: now)
        if engagement.state == .armed { listenForWord(in: block, at: now) }
        // A press that may become the privacy hold sends nothing until it is known.
        if isStreaming && !intents.holdsSoundBack { listen(at: now) }
        if block.count < room { break }
      }
      if level == Level.microphoneLocal && !engagement.state.isInTurn {
        considerQuiet(at: now)
        attend(microphone)
      }
    } catch {
      partFailed(error, at: now)
    }
  }

  /// Sound without the echo of our own goes into the ring, and while an answer is thought of or given, past whoever may interrupt it.
  private func hear(_ block: CaptureBlock, at now: Instant) {
    var lost = block.lost
    let isInterruptible = isInterruptible
    echo.process(captureBuffer.span.extracting(first: block.count), firstSample: block.firstSample, lost: block.lost) {
      samples, at in
      ring.append(samples, firstSample: at, lost: lost)
      lost = 0
      guard isInterruptible else { return }
      interruption.take(samples, firstSample: at, echo: echo) { disturb($0, at: now) }
    }
    if isInterruptible && !playback.isPaused { feedSpeaker(at: now) }
  }

  /// A word that is heard wakes the glasses at once; what was said after it is the question.
  private func listenForWord(in block: CaptureBlock, at now: Instant) {
    // One word is enough: until the machine has dealt with it nothing else is listened for.
    guard wakeWordEnd == nil, let listener else { return }
    let heard = listener.hear(captureBuffer.span.extracting(first: block.count), firstSample: block.firstSample)
    guard let found = heard else { return }
    tracer.instant("wake_word", .turn, at: now) {
      $0.add("word", listener.words[found.word].description.phrase)
      $0.add("mean_thousandths", Int64(found.mean * 1000))
      $0.add("heard_us", found.at.nanoseconds / 1000)
    }
    wakeWordEnd = found.at
    conductor.post(.wakeWord)
  }

  /// The microphone brings sound more often while there is any, so that a word is decided soon after its end, and seldom while there is none.
  private func attend(_ microphone: B.MicrophoneDevice) {
    guard let listener else { return }
    let listening = description.listening
    let period =
      switch listener.attention {
      case .nothing: listening.armedPeriod
      case .sound: min(listening.armedPeriod, WakeListener.longestDelay)
      case .word: min(listening.armedPeriod, listening.engagedPeriod)
      }
    guard period != microphonePeriod else { return }
    microphonePeriod = period
    microphone.setPeriod(period)
  }

  private func listen(at now: Instant) {
    let turn = engagement.turn
    do throws(CodecError) {
      try ring.takeFrames { (frame, firstSample) throws(CodecError) in
        let voicing = voicing.measure(frame)
        let found = endpoint.feed(frame, firstSample: firstSample, voicing: voicing)
        try encoder.encode(frame, isQuiet: endpoint.isQuiet) { sequence, packet in
          sendAudio(turn: turn, sequence: sequence, packet)
        }
        questionLevel.take(frame, voicing)
        switch found {
        case .speechBegan(let began)?:
          tracer.mark("speech_began", turn: turn, at: began)
          conductor.post(.speechBegan)
        case .ended(let reason, let lastSpeech)?:
          answer.lastSpeech = lastSpeech
          if reason == .longest || !intents.defersEnd() { conductor.post(.speechEnded(reason)) }
        case .nothingSaid?: if !intents.defersEnd() { conductor.post(.nothingSaid) }
        case nil: break
        }
      }
      try adaptRate(at: now)
    } catch {
      tracer.log("A piece of sound could not be encoded and is missing.", at: now)
    }
    pushOutput(at: now)
  }

  /// Every half second of the wearer's voice: the rate that the link bears. Only a host that acknowledges tells what arrives.
  private func adaptRate(at now: Instant) throws(CodecError) {
    guard isRateDue else { return }
    isRateDue = false
    guard isWelcome, resumption.session != 0, !resumption.isReconnecting else { return uplinkRate.restart() }
    let backlog = journal.end &- journal.base
    guard uplinkRate.observe(backlog: backlog, roundTrip: roundTrip) else { return }
    tracer.mark("uplink_rate", turn: engagement.turn, at: now) {
      $0.add("bits_per_second", Int64(uplinkRate.bitrate))
      $0.add("waiting_ms", Int64(backlog) * 20)
    }
    try encoder.set(bitrate: uplinkRate.bitrate)
  }

  func resetCodecs(at now: Instant) {
    do throws(CodecError) {
      try encoder.reset()
      try decoder.reset()
    } catch {
      // The codec's state is in place; only its history could not be cleared.
      tracer.log("The codec could not be reset.", at: now)
    }
  }

  // MARK: Speaker

  /// Nothing can be heard: there is no speaker, or it does not work.
  private var isMute: Bool {
    guard board.speaker != nil else { return true }
    if case .failed? = conductor.leases.speaker.state(conductor.broker) { return true }
    return false
  }

  /// A packet of the answer.
  func hear(_ packet: AudioPacket, at now: Instant) {
    if !answer.hasFirstPacket {
      answer.hasFirstPacket = true
      tracer.mark("first_speech_packet", turn: packet.turn, at: now)
      handle(.dismiss(.listening), at: now)
    }
    if isMute { return }
    do throws(CodecError) {
      try decoder.decode(packet.opus.span, sequence: packet.sequence) { samples in
        let taken = playback.enqueue(samples)
        if taken < samples.count { tracer.instant("playback_lost", .log, at: now) { $0.add("samples", samples.count - taken) } }
      }
    } catch {
      tracer.log("A packet of the answer is damaged; its sound is missing.", at: now)
    }
    feedSpeaker(at: now)
    drawAfter = nil
  }

  /// Gives the speaker what it takes.
  func feedSpeaker(at now: Instant) {
    guard let speaker = board.speaker, conductor.broker.level(of: .speaker) > 0 else { return }
    do throws(DeviceError) {
      while true {
        let pending = speaker.pending
        var held = pending
        let taken = try playback.feed(pending: pending, lead: speakerLead) { (samples) throws(DeviceError) -> Int in
          noteFirstSample(in: samples, after: held, at: now)
          let taken = try speaker.write(samples)
          let heard = now + SampleTime.duration(of: held, rate: AudioFormat.playbackRate)
          echo.reference.play(samples.extracting(0..<min(max(taken, 0), samples.count)), at: heard)
          held += taken
          return taken
        }
        if taken == 0 { break }
      }
    } catch {
      return partFailed(error, at: now)
    }
    if playback.isDone && !answer.isDraining {
      answer.isDraining = true
      speaker.drain()
    }
  }

  /// The first sample that can be heard (over −40 dBFS) leaves the speaker after what it still holds.
  private func noteFirstSample(in samples: Span<Int16>, after pending: Int, at now: Instant) {
    guard !answer.hasFirstSample, answer.hasFirstPacket else { return }
    for index in samples.indices where samples[index].magnitude > Self.audible {
      answer.hasFirstSample = true
      let heard = now + SampleTime.duration(of: pending + index, rate: AudioFormat.playbackRate)
      tracer.mark("first_sample", turn: engagement.turn, at: heard)
      return
    }
  }

  /// One hundredth of full scale.
  private static var audible: UInt16 { 328 }

  func speakerDrained(at now: Instant) {
    answer.isDraining = false
    guard playback.isDone else { return }
    playback.clear()
    soundEnded()
  }

  /// Nothing more will be heard: of the answer once the host has nothing more, of a cue at once.
  private func soundEnded() {
    answer.stopCue()
    if answer.isHostDone && answer.endSound() { conductor.post(.soundEnded) }
  }

  /// The speaker does not work: what was to be heard is not waited for.
  func speakerFailed() {
    playback.clear()
    soundEnded()
  }

  /// The host has nothing more: what waits is played to its end. An answer that came neither as sound nor as a card is shown in words.
  func finishAnswer(at now: Instant) {
    guard !answer.isHostDone else { return }
    answer.isHostDone = true
    playback.finish()
    if isMute || playback.queued == 0 {
      if engagement.state == .presenting && !answer.hasCard && !answer.words.isEmpty {
        show(Card(.answer, title: "Answer", body: answer.words), at: now)
      }
      soundEnded()
    } else {
      feedSpeaker(at: now)
    }
    handle(.dismiss(.listening), at: now)
  }

  /// Plays one of our own tones instead of what is being played.
  func play(_ chime: Chime, at now: Instant) {
    guard board.speaker != nil else { return soundEnded() }
    playback.clear()
    var samples = [Int16](repeating: 0, count: chime.sampleCount)
    var span = samples.mutableSpan
    _ = chime.write(into: &span)
    _ = playback.enqueue(samples.span)
    playback.finish()
    answer.startCue()
    // A speaker that has yet to come up is fed then.
    feedSpeaker(at: now)
  }

  /// Silence and an empty display, at once.
  func hush(at now: Instant) {
    board.speaker?.drop()
    echo.reference.cut(at: now)
    playback.clear()
    answer.isDraining = false
    answer.stopCue()
    dismissCards(at: now)
  }
}
