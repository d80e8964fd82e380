import CSpeexDSP
import Foundation
import HAL
import Units
import Voice

/// Echo cancellers side by side. The speaker is fed as the glasses feed it; SpeexDSP, which knows no clocks, gets the same reference at the microphone's
/// rate with the two files taken to begin together.
enum Cancel {
  private static let block = SampleTime.captureFrame
  private static let step = EchoCanceller.step
  /// SpeexDSP's filter: as long as ours.
  private static let speexTail: Int32 = 1_600

  static func run(_ kind: String, heard: String, played: String, out: String) throws {
    let heard = try Sound.read(heard)
    let played = try Sound.read(played)
    switch kind {
    case "ours": try Sound.write(ours(heard, played), out)
    case "speex": try Sound.write(speex(heard, played, suppresses: false), out)
    case "speex+": try Sound.write(speex(heard, played, suppresses: true), out)
    default: throw Failure(description: "there is no canceller \(kind)")
    }
  }

  private static func ours(_ heard: [Int16], _ played: [Int16]) -> [Int16] {
    let control = EchoControl()
    let speakerFrame = SampleTime.playbackFrame
    var output: [Int16] = []
    for index in 0..<heard.count / block {
      let now = Instant.zero + SampleTime.frame * index
      // The speaker is fed three frames ahead, as on the glasses.
      for frame in index == 0 ? 0..<4 : index + 3..<index + 4 {
        let from = min(frame * speakerFrame, played.count)
        control.reference.play(
          played.span.extracting(from..<min(from + speakerFrame, played.count)), at: .zero + SampleTime.frame * frame)
      }
      control.process(heard.span.extracting(index * block..<(index + 1) * block), firstSample: now) { samples, _ in
        for place in 0..<samples.count { output.append(samples[place]) }
      }
    }
    return output
  }

  private static func speex(_ heard: [Int16], _ played: [Int16], suppresses: Bool) -> [Int16] {
    let echo = speex_echo_state_init(Int32(step), speexTail)
    defer { speex_echo_state_destroy(echo) }
    var rate = Int32(AudioFormat.captureRate)
    speex_echo_ctl(echo, SPEEX_ECHO_SET_SAMPLING_RATE, &rate)
    let preprocessor = speex_preprocess_state_init(Int32(step), rate)
    defer { speex_preprocess_state_destroy(preprocessor) }
    var off: Int32 = 0
    speex_preprocess_ctl(preprocessor, SPEEX_PREPROCESS_SET_DENOISE, &off)
    speex_preprocess_ctl(preprocessor, SPEEX_PREPROCESS_SET_ECHO_STATE, UnsafeMutableRawPointer(echo))
    let reference = resample(played)
    var output: [Int16] = []
    var cleaned = [Int16](repeating: 0, count: step)
    for start in stride(from: 0, through: min(heard.count, reference.count) - step, by: step) {
      heard.withUnsafeBufferPointer { heard in
        reference.withUnsafeBufferPointer { reference in
          speex_echo_cancellation(echo, heard.baseAddress! + start, reference.baseAddress! + start, &cleaned)
        }
      }
      if suppresses { speex_preprocess_run(preprocessor, &cleaned) }
      output += cleaned
    }
    return output
  }

  private static func resample(_ played: [Int16]) -> [Int16] {
    var status: Int32 = 0
    let state = speex_resampler_init(1, UInt32(AudioFormat.playbackRate), UInt32(AudioFormat.captureRate), 8, &status)
    defer { speex_resampler_destroy(state) }
    speex_resampler_skip_zeros(state)
    var result = [Int16](repeating: 0, count: played.count * 2 / 3 + 16)
    var taken = UInt32(played.count)
    var made = UInt32(result.count)
    speex_resampler_process_int(state, 0, played, &taken, &result, &made)
    return Array(result.prefix(Int(made)))
  }
}
