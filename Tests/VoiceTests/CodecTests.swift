import HAL
import Testing
import Units

@testable import Voice

/// All packets of a sound, in order.
func encoded(_ samples: [Int16], blocks: [Int] = [320], settings: UplinkSettings = UplinkSettings()) throws -> [[UInt8]] {
  let encoder = try UplinkEncoder(settings)
  var packets: [[UInt8]] = []
  func keep(_ sequence: UInt32, _ packet: Span<UInt8>) {
    #expect(sequence == UInt32(packets.count))
    packets.append(packet.indices.map { packet[$0] })
  }
  var position = 0
  var block = 0
  while position < samples.count {
    let end = min(position + blocks[block % blocks.count], samples.count)
    try encoder.encode(samples.span.extracting(position..<end), send: keep)
    position = end
    block += 1
  }
  try encoder.finish(send: keep)
  return packets
}

/// Share of `signal`'s energy that a tone of `hertz` explains, 0…1, at 24 kHz.
func toneShare(_ signal: [Int16], hertz: Double) -> Double {
  var real = 0.0
  var imaginary = 0.0
  for (index, sample) in signal.enumerated() {
    let angle = 2 * Double.pi * hertz * Double(index) / 24_000
    real += Double(sample) * cosine(angle)
    imaginary += Double(sample) * cosine(angle - Double.pi / 2)
  }
  let energy = signal.reduce(0.0) { $0 + Double($1) * Double($1) }
  return energy == 0 ? 0 : 2 * (real * real + imaginary * imaginary) / (Double(signal.count) * energy)
}

@Suite struct UplinkEncoderTests {
  @Test func anyBlockSizesGiveTheSamePacketsOfTwentyMilliseconds() throws {
    let sound = Signal.syllables(milliseconds: 1_010, decibels: -20)
    let reference = try encoded(sound)
    #expect(reference.count == 51)
    #expect(try encoded(sound, blocks: [1, 7, 319, 321, 1_000, 64]) == reference)
    #expect(try encoded(sound, blocks: [sound.count]) == reference)
  }

  @Test func theBitRateStaysNearItsSetting() throws {
    let packets = try encoded(Signal.syllables(milliseconds: 5_000, decibels: -20))
    let bits = packets.reduce(0) { $0 + $1.count } * 8 / 5
    #expect(bits > 12_000 && bits < 34_000, "\(bits) bit/s")
    #expect(packets.allSatisfy { $0.count <= OpusLimits.longestPacket })
  }

  @Test func resetStartsATurnAnew() throws {
    let encoder = try UplinkEncoder()
    let sound = Signal.syllables(milliseconds: 110, decibels: -20)
    func packets() throws -> [[UInt8]] {
      var result: [[UInt8]] = []
      try encoder.encode(sound.span) { sequence, packet in
        #expect(sequence == UInt32(result.count))
        result.append(packet.indices.map { packet[$0] })
      }
      return result
    }
    let first = try packets()
    try encoder.reset()
    #expect(try packets() == first)
    #expect(first.count == 5)
  }

  @Test func quietFramesAreWorthLessWorkAndChangeNoOthers() throws {
    let quiet = Signal.noise(milliseconds: 400, decibels: -60)
    let speech = Signal.syllables(milliseconds: 400, decibels: -20)
    func packets(_ settings: UplinkSettings, quietFirst: Bool) throws -> [[UInt8]] {
      let encoder = try UplinkEncoder(settings)
      var result: [[UInt8]] = []
      func keep(_: UInt32, _ packet: Span<UInt8>) { result.append(packet.indices.map { packet[$0] }) }
      try encoder.encode(quiet.span, isQuiet: quietFirst, send: keep)
      try encoder.encode(speech.span, send: keep)
      return result
    }
    var same = UplinkSettings()
    same.quietComplexity = same.complexity
    var least = UplinkSettings()
    least.complexity = least.quietComplexity
    let saving = try packets(UplinkSettings(), quietFirst: true)
    // Quiet frames as with the least effort, and without the mark as with the whole.
    #expect(saving[..<20] == (try packets(least, quietFirst: true))[..<20])
    #expect(try packets(UplinkSettings(), quietFirst: false) == packets(same, quietFirst: true))
    #expect(saving[..<20] != (try packets(same, quietFirst: true))[..<20])
    // What follows is speech with the whole effort again.
    let decoder = try DownlinkDecoder()
    var sound: [Int16] = []
    for (sequence, packet) in saving.enumerated() {
      try decoder.decode(packet.span, sequence: UInt32(sequence)) { for index in $0.indices { sound.append($0[index]) } }
    }
    #expect(Signal.rms(sound[9_600...]) > Signal.rms(speech) / 2)
  }

  @Test func finishSendsNothingWhenNoFrameWasBegun() throws {
    #expect(try encoded(Signal.zeros(milliseconds: 40)).count == 2)
    #expect(try encoded([]).isEmpty)
  }
}

@Suite struct DownlinkDecoderTests {
  /// Packets like the host's: a tone at 24 kHz.
  private func answer(milliseconds: Int) throws -> [[UInt8]] {
    try HostVoice.encode(Signal.tone(milliseconds: milliseconds, hertz: 500, decibels: -12, rate: 24_000))
  }

  private func decode(_ packets: [(UInt32, [UInt8])], with decoder: DownlinkDecoder) throws -> [Int16] {
    var sound: [Int16] = []
    for (sequence, packet) in packets {
      try decoder.decode(packet.span, sequence: sequence) { samples in
        for index in samples.indices { sound.append(samples[index]) }
      }
    }
    return sound
  }

  @Test func theToneSurvivesTheCodec() throws {
    let packets = try answer(milliseconds: 1_000)
    let sound = try decode(packets.enumerated().map { (UInt32($0.offset), $0.element) }, with: DownlinkDecoder())
    #expect(sound.count == 24_000)
    #expect(toneShare(Array(sound[4_800..<19_200]), hertz: 500) > 0.95)
  }

  @Test func aShortGapIsConcealedWithSoundLikeTheOneBefore() throws {
    let packets = try answer(milliseconds: 1_000).enumerated().map { (UInt32($0.offset), $0.element) }
    let decoder = try DownlinkDecoder()
    let sound = try decode(packets.filter { !(20..<22).contains($0.0) }, with: decoder)
    #expect(sound.count == 24_000)
    #expect(decoder.concealed == 2 && decoder.skipped == 0)
    #expect(Signal.rms(sound[20 * 480..<22 * 480]) > Signal.rms(sound[10 * 480..<12 * 480]) / 4)
  }

  @Test func aLostFrameComesBackFromTheNextPacketWhereItsSenderSaysMoreThanOnce() throws {
    // A voice at 24 kHz that changes all the time, so that it cannot be guessed from before.
    let sound = (0..<48_000).map { index -> Int16 in
      let time = Double(index) / 24_000
      let pitch = 2 * Double.pi * (120 * time + 4 * cosine(9 * time))
      let voice = (1...10).reduce(0.0) { $0 + cosine(Double($1) * pitch + Double($1 * $1)) / Double($1) }
      return Int16(4_000 * voice * (0.5 - 0.5 * cosine(2 * Double.pi * 5 * time)))
    }
    func error(loss: Int32) throws -> Double {
      let packets = try HostVoice.encode(sound, loss: loss).enumerated().map { (UInt32($0.offset), $0.element) }
      let whole = try decode(packets, with: try DownlinkDecoder())
      let decoder = try DownlinkDecoder()
      let mended = try decode(packets.filter { $0.0 % 10 != 7 }, with: decoder)
      #expect(decoder.concealed == 10)
      var sum = 0.0
      for frame in stride(from: 7, to: 100, by: 10) {
        for index in frame * 480..<frame * 480 + 480 {
          let difference = Double(whole[index]) - Double(mended[index])
          sum += difference * difference
        }
      }
      return sum
    }
    #expect(try error(loss: 25) < error(loss: 0) / 2)
  }

  @Test func aLongGapIsConcealedUpToTheBound() throws {
    let packets = try answer(milliseconds: 1_000).enumerated().map { (UInt32($0.offset), $0.element) }
    let decoder = try DownlinkDecoder(longestConcealment: 3)
    let sound = try decode(packets.filter { !(10..<30).contains($0.0) }, with: decoder)
    #expect(sound.count == (50 - 20 + 3) * 480)
    #expect(decoder.concealed == 3 && decoder.skipped == 17)
  }

  @Test func lateAndDoubledPacketsAreDropped() throws {
    let packets = try answer(milliseconds: 100).enumerated().map { (UInt32($0.offset), $0.element) }
    let decoder = try DownlinkDecoder()
    let sound = try decode([packets[0], packets[1], packets[1], packets[0], packets[2]], with: decoder)
    #expect(sound.count == 3 * 480)
    #expect(decoder.late == 2)
  }

  @Test func aStreamThatDoesNotStartAtZeroIsNotConcealed() throws {
    let packets = try answer(milliseconds: 100)
    let decoder = try DownlinkDecoder()
    #expect(try decode([(7, packets[0])], with: decoder).count == 480)
    #expect(decoder.concealed == 0)
  }

  @Test func malformedPacketsThrowAndTheNextGoodOneFillsTheirPlace() throws {
    let packets = try answer(milliseconds: 200)
    let decoder = try DownlinkDecoder()
    _ = try decode([(0, packets[0]), (1, packets[1])], with: decoder)
    // Empty; a code-3 packet without its count byte; more than 120 ms; code 1 with an odd length.
    for bad in [[], [0x03], [0x0B, 0x30], [0x01, 0x00]] as [[UInt8]] {
      #expect(throws: CodecError.malformed) {
        try decoder.decode(bad.span, sequence: 2) { _ in Issue.record("sound from a malformed packet") }
      }
    }
    #expect(decoder.malformed == 4)
    #expect(try decode([(3, packets[3])], with: decoder).count == 960)
    #expect(decoder.concealed == 1)
  }

  @Test func randomBytesNeverBreakTheDecoder() throws {
    let decoder = try DownlinkDecoder()
    let good = try answer(milliseconds: 100)
    var random = SeededNumbers(state: 5)
    var refused = 0
    for sequence in UInt32(0)..<3_000 {
      let packet = (0..<Int.random(in: 0...90, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      do {
        try decoder.decode(packet.span, sequence: sequence) { #expect($0.count <= OpusLimits.longestSound) }
      } catch { refused += 1 }
    }
    #expect(refused > 100)
    try decoder.reset()
    #expect(try decode(good.enumerated().map { (UInt32($0.offset), $0.element) }, with: decoder).count == 5 * 480)
  }
}
