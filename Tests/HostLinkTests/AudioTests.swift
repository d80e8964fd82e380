import Testing

@testable import HostLink

/// The host's two codecs.
@Suite struct AudioTests {
  @Test func lostPacketsAreMadeUpForBriefly() throws {
    let packets = try Sound.question(packets: 20)
    let decoder = try UplinkDecoder()
    var samples = 0
    for (index, packet) in packets.enumerated() where index != 10 {
      samples += try decoder.decode(packet, lost: index == 11 ? 1 : 0).count
    }
    #expect(samples == 20 * 320, "one lost packet costs no time")
    #expect(try decoder.decode(packets[0], lost: 500).count == 6 * 320, "a long gap is cut to 100 ms")
  }

  @Test func aDamagedPacketIsReplaced() throws {
    let voice = try TurnVoice()
    _ = try voice.hear(lost: 0, opus: try Sound.question(packets: 1)[0])
    // Code 3 with no frame count is no packet (RFC 6716, section 3.2.5).
    let (sound, isDamaged) = try voice.hear(lost: 0, opus: [0xff])
    #expect(isDamaged)
    #expect(sound.count == 320)
  }

  /// Opus puts up to 120 ms into a packet; the limit on a question counts packets of 20.
  @Test func aPacketThatHoldsMoreThanItMayIsReplaced() throws {
    let voice = try TurnVoice()
    // Code 3 (RFC 6716, section 3.2.5): SILK wideband 20 ms, six frames of one byte each.
    let (sound, isDamaged) = try voice.hear(lost: 0, opus: [9 << 3 | 3, 6, 1, 1, 1, 1, 1, 1])
    #expect(isDamaged)
    #expect(sound.count == 320)
  }

  @Test func speechIsCutIntoPacketsAndTheRestIsFilledUp() throws {
    let voice = try TurnVoice()
    let tone = (0..<1000).map { Int16(truncatingIfNeeded: $0 * 37 % 8000) }
    guard case .speech(let first) = try voice.report(.speech(tone)).first else { return #expect(Bool(false), "no speech") }
    #expect(first.count == 2, "1000 samples hold two packets of 480")
    let reports = try voice.report(.ended(.answered))
    guard case .speech(let rest) = reports.first else { return #expect(Bool(false), "the rest was lost") }
    #expect(rest.count == 1)
    #expect(reports.last == .ended(.answered))
    #expect((first + rest).allSatisfy { $0.count < 300 }, "32 kbit/s is about 80 bytes per packet")
  }

  /// A lockstep host says the same again and again: what it recalls is what it would have encoded.
  @Test func whatIsRecalledIsWhatWouldHaveBeenEncoded() throws {
    func frames(_ pitch: Int, _ count: Int) -> [[Int16]] {
      (0..<count).map { frame in (0..<480).map { Int16(truncatingIfNeeded: ($0 + frame * 480) * pitch % 8000) } }
    }
    let memory = SpeechMemory()
    // The same twice, its beginning, another way after it, and something new.
    let turns = [
      frames(37, 6), frames(37, 6), frames(37, 3), frames(37, 3) + frames(51, 4), frames(37, 3) + frames(51, 4), frames(61, 2),
    ]
    for turn in turns {
      let plain = try SpeechEncoder(effort: .least)
      let recalling = try SpeechEncoder(effort: .least, memory: memory)
      for frame in turn { #expect(try recalling.encode(frame) == plain.encode(frame)) }
    }
    #expect(memory.count == 6 + 4 + 2, "nothing is kept twice")
  }

  @Test func effortDoesNotChangeTheNumberOfPackets() throws {
    let tone = (0..<4800).map { Int16(truncatingIfNeeded: $0 * 37 % 8000) }
    #expect(try SpeechEncoder(effort: .least).encode(tone).count == SpeechEncoder(effort: .speech).encode(tone).count)
    #expect(EncoderEffort(17) == EncoderEffort(10))
  }
}
