import Assistant

/// The two codecs of one turn: packets to the assistant's sound, the assistant's outputs to reports. Used from one place at a
/// time.
final class TurnVoice {
  private let decoder: UplinkDecoder
  private let encoder: SpeechEncoder

  init(effort: EncoderEffort = .speech, memory: SpeechMemory? = nil) throws(OpusFailure) {
    decoder = try UplinkDecoder()
    encoder = try SpeechEncoder(effort: effort, memory: memory)
  }

  /// A packet that does not decode counts as lost: one bad packet must not cost the question.
  func hear(lost: Int, opus: [UInt8]) throws(OpusFailure) -> (sound: [Int16], isDamaged: Bool) {
    do {
      return (try decoder.decode(opus, lost: lost), false)
    } catch {
      return (try decoder.conceal(), true)
    }
  }

  /// How many bits a second the answer's sound has from here on.
  func speak(bitrate: Int32) throws(OpusFailure) { try encoder.set(bitrate: bitrate) }

  /// What the session is told. Speech that does not fill a packet waits; anything that ends the speech sends it first.
  func report(_ output: TurnOutput) throws(OpusFailure) -> [TurnReport] {
    switch output {
    case .transcript(let text, let isFinal): return [.transcript(text, isFinal: isFinal)]
    case .soundsFinished: return [.soundsFinished]
    case .wantPicture: return [.wantPicture]
    case .answer(let text): return [.answer(text)]
    case .speech(let samples):
      let packets = try encoder.encode(samples)
      return packets.isEmpty ? [] : [.speech(packets)]
    case .card(let title, let body): return [.card(title: title, body: body)]
    case .reminder(let identifier, let after, let title, let body):
      return [.reminder(identifier: identifier, after: after, title: title, body: body)]
    case .times(let times): return [.times(times)]
    case .ended(let end):
      guard let last = try encoder.finish() else { return [.ended(end)] }
      return [.speech([last]), .ended(end)]
    }
  }
}
