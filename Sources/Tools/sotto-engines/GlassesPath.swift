import Assistant
import COpus
import HAL
import Units
import Voice

/// What a clip goes through before it is recognised: nothing, the glasses' codec, or the whole of their path with an answer sounding all the while.
enum GlassesPath: Hashable {
  case plain
  /// Encoded as the glasses do, with so many bits a second, and decoded.
  case codec(Int32)
  /// With the echo of an answer that is so many decibels louder than the voice (0, or less); without `cancelling` it stays.
  case echo(Int, cancelling: Bool)

  /// All that `accuracy --path` compares.
  static let all =
    [GlassesPath.plain] + UplinkRate.steps.map { .codec($0) }
    + [0, -6, -12].flatMap { [.echo($0, cancelling: false), .echo($0, cancelling: true)] }

  var name: String {
    switch self {
    case .plain: "plain"
    case .codec(let bits): "codec_\(bits / 1000)k"
    case .echo(let ratio, let cancelling): "\(cancelling ? "cancelled" : "echo")_\(ratio)dB"
    }
  }

  /// What the host hears of `clip`, which is at the microphone's rate. `answer` is what the speaker plays, at its rate.
  func hear(_ clip: [Int16], answer: [Int16]) throws -> [Int16] {
    switch self {
    case .plain: return clip
    case .codec(let bits): return try Self.coded(clip, bits)
    case .echo(let ratio, let cancelling):
      // The canceller has had some seconds to learn the room.
      let heard = [Int16](repeating: 0, count: Self.lead) + clip
      let played = (0..<heard.count * 3 / 2).map { answer[$0 % answer.count] }
      let mixed = Self.mixed(heard, Self.room(played), clip: clip, ratio: ratio)
      let left = cancelling ? Self.cancelled(mixed, played) : mixed
      return try Self.coded(Array(left.dropFirst(Self.lead)), UplinkSettings().bitrate)
    }
  }

  private static let lead = 5 * AudioFormat.captureRate

  private static func coded(_ sound: [Int16], _ bits: Int32) throws -> [Int16] {
    let encoder = try UplinkEncoder()
    try encoder.set(bitrate: bits)
    var status: Int32 = 0
    guard let decoder = copus_decoder_create(Int32(AudioFormat.captureRate), &status) else { throw CodecError.unavailable }
    defer { opus_decoder_destroy(decoder) }
    var decoded: [Int16] = []
    var piece = [Int16](repeating: 0, count: OpusLimits.longestSound)
    func hear(_ packet: Span<UInt8>) {
      let count = packet.withUnsafeBufferPointer {
        opus_decode(decoder, $0.baseAddress, Int32($0.count), &piece, Int32(piece.count), 0)
      }
      decoded += piece.prefix(Int(max(count, 0)))
    }
    try encoder.encode(sound.span) { _, packet in hear(packet) }
    try encoder.finish { _, packet in hear(packet) }
    return decoded
  }

  // MARK: The echo

  /// A loudspeaker in one temple, a microphone 8 cm further on, and a room: the first reflections as in the simulated board's echo, then a tail that falls by
  /// 60 dB in 300 ms, made of noise from a fixed seed. At the microphone's rate.
  private static func room(_ played: [Int16]) -> [Float] {
    let sound = SampleRate.converted(played, from: AudioFormat.playbackRate, to: AudioFormat.captureRate)
    var response: [(delay: Int, gain: Float)] = [(4, 1), (8, -0.35), (47, 0.05), (98, 0.022), (152, -0.015)]
    var state: UInt32 = 1
    for delay in stride(from: 160, to: AudioFormat.captureRate / 5, by: 7) {
      state = state &* 1_664_525 &+ 1_013_904_223
      let noise = Float(Int32(bitPattern: state)) / Float(Int32.max)
      // 60 dB are a factor of 1000: a tenth for each 100 ms.
      var decay: Float = 0.02
      for _ in 0..<delay / 160 { decay *= 0.794_328 }
      response.append((delay, noise * decay))
    }
    var heard = [Float](repeating: 0, count: sound.count)
    for (delay, gain) in response {
      for place in delay..<max(delay, heard.count) { heard[place] += gain * Float(sound[place - delay]) }
    }
    return heard
  }

  private static func power(_ sound: [Float]) -> Float {
    let loudest = sound.map(abs).max() ?? 0
    let loud = sound.filter { abs($0) > loudest / 50 }
    return loud.isEmpty ? 0 : loud.reduce(0) { $0 + $1 * $1 } / Float(loud.count)
  }

  private static func mixed(_ voice: [Int16], _ echo: [Float], clip: [Int16], ratio: Int) -> [Int16] {
    var gain = (power(clip.map(Float.init)) / max(power(echo), 1)).squareRoot()
    // One decibel is a factor of 10^(1/20).
    for _ in 0..<abs(ratio) { gain *= ratio < 0 ? 0.891_250_94 : 1.122_018_5 }
    return voice.indices.map { place in
      let sum = Float(voice[place]) + gain * (place < echo.count ? echo[place] : 0)
      return Int16(max(-32_768, min(32_767, sum.rounded())))
    }
  }

  private static func cancelled(_ heard: [Int16], _ played: [Int16]) -> [Int16] {
    let control = EchoControl()
    let (block, frame) = (SampleTime.captureFrame, SampleTime.playbackFrame)
    var output: [Int16] = []
    for index in 0..<heard.count / block {
      // The speaker is fed three frames ahead, as on the glasses.
      for ahead in index == 0 ? 0..<4 : index + 3..<index + 4 {
        let from = min(ahead * frame, played.count)
        control.reference.play(
          played.span.extracting(from..<min(from + frame, played.count)), at: .zero + SampleTime.frame * ahead)
      }
      control.process(heard.span.extracting(index * block..<(index + 1) * block), firstSample: .zero + SampleTime.frame * index) {
        samples, _ in
        for place in 0..<samples.count { output.append(samples[place]) }
      }
    }
    return output
  }
}
