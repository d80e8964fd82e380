import Engagement
import HAL
import Power
import Runtime
import Units
import Voice
import Wake
import Wire

/// Runs the pure core over fixed inputs and writes what came out, a line a check.
///
/// The transcript is the same for every build (normal or Embedded, amd64 or arm64); `tools/firmware` compares it. So nothing in here may depend on time, floating
/// point libraries, codecs or the machine.
struct SelfTest {
  private var out = TextBuffer(reserving: 4096)

  static func transcript() -> TextBuffer {
    var test = SelfTest()
    test.out.append("sotto self-test 1\n")
    test.quantities()
    test.text()
    test.gestures()
    test.wear()
    test.engagement()
    test.power()
    test.endpoint()
    test.wire()
    test.hostileWire()
    test.boardFile()
    test.out.append("end\n")
    return test.out
  }

  private mutating func line(_ name: StaticString, _ values: Int64...) {
    out.append(name)
    for value in values {
      out.append(" ")
      out.append(value)
    }
    out.append("\n")
  }

  private mutating func quantities() {
    let energy = Nanojoules(.milliwatts(123), over: .milliseconds(4567))
    line(
      "quantities", energy.value, Duration.seconds(-3).milliseconds, (Instant.zero + .microseconds(17)).nanoseconds,
      Int64(Percent(140).value))
  }

  private mutating func text() {
    out.append("text ")
    out.append(jsonString: "Grüße \"π\" \u{1}\n\\")
    out.append(" ")
    out.append(thousandths: -1_234_567)
    out.append(" ")
    out.append(UInt64.max)
    out.append("\n")
  }

  private mutating func gestures() {
    var machine = ButtonGestures(ButtonTiming())
    var noise = Noise(seed: 11)
    var digest = Digest()
    var counts: InlineArray<3, Int64> = [0, 0, 0]
    var now = Instant.zero
    var level = false
    for _ in 0..<20_000 {
      now += .microseconds(Int64(noise.next() % 40_000))
      if noise.next() % 50 == 0 { now += .milliseconds(3500) }
      while let deadline = machine.deadline, deadline <= now { note(machine.handle(.tick, at: deadline), &digest, &counts) }
      level.toggle()
      note(machine.handle(.edge(active: level, at: now), at: now), &digest, &counts)
    }
    line("gestures", counts[0], counts[1], counts[2], digest.value)
  }

  private func note(_ gesture: Gesture?, _ digest: inout Digest, _ counts: inout InlineArray<3, Int64>) {
    switch gesture {
    case .down?:
      counts[0] += 1
      digest.add(1)
    case .release(let after)?:
      counts[1] += 1
      digest.add(after.nanoseconds)
    case .hold?:
      counts[2] += 1
      digest.add(3)
    case .long?: digest.add(4)
    case .presses(let count)?: digest.add(Int64(10 + count))
    case nil: digest.add(0)
    }
  }

  private mutating func wear() {
    var machine = WearDetector()
    var noise = Noise(seed: 12)
    var digest = Digest()
    var changes: Int64 = 0
    var now = Instant.zero
    for step in 0..<10_000 {
      now += .milliseconds(Int64(noise.next() % 700))
      while let deadline = machine.deadline, deadline <= now {
        if machine.handle(.tick, at: deadline) != nil { changes += 1 }
      }
      if machine.handle(.edge(active: step % 2 == 0, at: now), at: now) != nil { changes += 1 }
      digest.add(machine.isWorn ? 1 : 0)
    }
    line("wear", changes, digest.value)
  }

  private mutating func engagement() {
    let error = DeviceError(.microphone, "start", .io)
    var armed = Permissions()
    armed.arming = true
    var held = Permissions()
    held.capture = false
    held.camera = false
    let events: [EngagementEvent] = [
      .worn(true), .worn(false), .permitted(armed), .permitted(Permissions()), .permitted(held), .button, .hold, .wakeWord,
      .typedQuestion, .captureFailed(error),
      .linkOpened,
      .linkLost(.io), .speechBegan, .speechEnded(.silence), .nothingSaid, .bargeIn, .transcribed, .pictureWanted, .pictureSettled,
      .answerBegan,
      .hostEnded(.answered), .hostEnded(.failed), .soundEnded, .cardGone, .pairingEnded, .deadline,
    ]
    var machine = Engagement(policy: ListeningPolicy())
    var noise = Noise(seed: 13)
    var digest = Digest()
    var now = Instant.zero
    for _ in 0..<50_000 {
      now += .milliseconds(Int64(noise.next() % 1000))
      let actions = machine.handle(events[Int(noise.next() % UInt64(events.count))], at: now)
      digest.add(Int64(machine.state.rawValue))
      digest.add(Int64(actions.turnEnded?.ending.rawValue ?? 0))
      digest.add(machine.deadline?.nanoseconds ?? -1)
    }
    line("engagement", Int64(machine.turn), Int64(machine.state.rawValue), digest.value)
  }

  private mutating func power() {
    var broker = PowerBroker(dependencies: [
      PowerDependency(.camera, atLevel: 1, requires: .indicator, atLevel: 1),
      PowerDependency(.microphone, atLevel: 2, requires: .indicator, atLevel: 1),
    ])
    var digest = Digest()
    var noise = Noise(seed: 14)
    for _ in 0..<2_000 {
      let camera = broker.lease(.camera, level: 1)
      let microphone = broker.lease(.microphone, level: 1 + Int(noise.next() % 2))
      while let transition = broker.nextTransition() {
        digest.add(Int64(transition.part.rawValue) * 16 + Int64(transition.to))
        if noise.next() % 7 == 0 { broker.failed(transition.part) } else { broker.completed(transition) }
      }
      broker.release(camera)
      if noise.next() % 2 == 0, let transition = broker.nextTransition() { broker.completed(transition) }
      broker.release(microphone)
      while let transition = broker.nextTransition() { broker.completed(transition) }
    }
    line("power", Int64(broker.leaseCount), Int64(broker.level(of: .indicator)), digest.value)
  }

  private mutating func endpoint() {
    var detector = EndpointDetector(ListeningPolicy(), wake: .zero)
    var noise = Noise(seed: 15)
    var frame = [Int16](repeating: 0, count: 320)
    for index in 0..<400 {
      let isSpeech = (40..<110).contains(index)
      for sample in frame.indices {
        frame[sample] = Int16(truncatingIfNeeded: Int64(noise.next() % 2001) - 1000) / (isSpeech ? 1 : 64) * (isSpeech ? 8 : 1)
      }
      let at = Instant(nanoseconds: Int64(index) * 20_000_000)
      switch detector.feed(frame.span, firstSample: at) {
      case .speechBegan(let began)?: line("endpoint-began", began.nanoseconds)
      case .ended(_, let last)?: line("endpoint-ended", last.nanoseconds, at.nanoseconds)
      case .nothingSaid?: line("endpoint-nothing", at.nanoseconds)
      case nil: break
      }
    }
  }

  private mutating func wire() {
    var buffer: [UInt8] = []
    var equal: Int64 = 0
    func check(_ message: DeviceMessage) {
      var one: [UInt8] = []
      message.append(to: &one)
      do throws(WireError) {
        if try DeviceMessage.decode(one.span) == message { equal += 1 }
      } catch {
        equal -= 1
      }
      buffer.append(contentsOf: one)
    }
    check(.hello(Hello(deviceName: "glasses", captureRate: 16_000, playbackRate: 24_000, hasCamera: true, hasDisplay: true)))
    check(.turnBegan(TurnBegan(turn: 7, trigger: .wakeWord, preRollMilliseconds: 1000)))
    check(.audio(AudioPacket(turn: 7, sequence: .max, opus: [0, 1, 254, 255])))
    check(.endOfSpeech(EndOfSpeech(turn: 7, reason: .longest, silenceMilliseconds: 600)))
    check(.picture(PictureChunk(turn: 7, format: 1, width: 640, height: 480, rotation: 90, totalBytes: 3, bytes: [1, 2, 3])))
    check(.pictureFailed(PictureFailed(turn: 7, cause: 5)))
    check(.typed(TypedQuestion(turn: 8, text: "Wie spät ist es?")))
    check(.cancel(CancelTurn(turn: 8, reason: .takenOff, heardMilliseconds: 1234)))
    check(.status(DeviceStatus(hasBattery: true, batteryPercent: 56, isCharging: true, millivolts: 3900)))
    var digest = Digest()
    for byte in buffer { digest.add(Int64(byte)) }
    line("wire", equal, Int64(buffer.count), digest.value)
  }

  private mutating func hostileWire() {
    var noise = Noise(seed: 16)
    var digest = Digest()
    for _ in 0..<5_000 {
      var bytes: [UInt8] = []
      for _ in 0..<(noise.next() % 40) { bytes.append(UInt8(truncatingIfNeeded: noise.next())) }
      do throws(WireError) {
        _ = try HostMessage.decode(bytes.span)
        digest.add(0)
      } catch {
        digest.add(Int64(error.rawValue))
      }
    }
    line("hostile-wire", digest.value)
  }

  private mutating func boardFile() {
    let texts: [StaticString] = ["sotto-board 1\n", "sotto-board 1\nnonsense=1\n", "", "sotto-board 2\n"]
    for text in texts {
      var bytes: [UInt8] = []
      text.withUTF8Buffer { bytes.append(contentsOf: $0) }
      do throws(FlatBoardError) {
        let description = try FlatBoardFile.parse(bytes.span)
        line("board", description.listening.endSilence.milliseconds)
      } catch {
        line("board-error", Int64(error.line), Int64(error.cause.rawValue))
      }
    }
  }
}

/// Numbers that look random and are the same everywhere (SplitMix64; Steele, Lea, Flood 2014).
private struct Noise {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A fingerprint of a sequence of numbers (FNV-1a over 64-bit words).
private struct Digest {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  var value: Int64 { Int64(bitPattern: state) }

  mutating func add(_ number: Int64) { state = (state ^ UInt64(bitPattern: number)) &* 0x0000_0100_0000_01B3 }
}
