import CSpeexDSP
import Foundation
import HAL
import Units
import Voice

/// An answer that is being given, and what is heard meanwhile: the loop of the glasses without the rest of them. The speaker's sound reaches the microphone
/// through a room (an impulse response at 16 kHz, 32-bit floats), and is quieter, silent or goes on as the glasses decide, so that the decisions
/// have their consequences.
struct Interrupt {
  private static let block = SampleTime.captureFrame
  private static let speakerFrame = SampleTime.playbackFrame
  /// What the speaker holds when it is fed: as on the glasses.
  private static let lead = 3 * speakerFrame

  private let near: [Int16]
  private let path: [Float]
  private let level: Float?
  private var queue = PlaybackQueue(startThreshold: .zero, capacity: .seconds(600))
  private let control = EchoControl()
  private let detector = InterruptionDetector()
  private let resampler: OpaquePointer
  private let speaker = Taker()

  /// The speaker's end of the queue.
  private final class Taker {
    var fed: [Int16] = []

    func take(_ samples: Span<Int16>) -> Int {
      for index in 0..<samples.count { fed.append(samples[index]) }
      return samples.count
    }
  }

  /// What the speaker holds and has not played.
  private var device: [Int16] = []
  /// What was played, at the microphone's rate, after a room's length of silence.
  private var dry: [Float]
  private var decisions: [String] = []
  private var lastSound = 0
  private var stopped: [Int] = []

  /// Prints a JSON object: decisions as [milliseconds, name], and for each pause or stop when the last sample that is not zero left the speaker. `level`
  /// is how loud the wearer's question was, in decibels of full scale. After a stop the answer goes on a second later, as if another had begun.
  static func run(near: String, answer: String, path: String, level: Float?) throws {
    guard let bytes = FileManager.default.contents(atPath: path) else { throw Failure(description: "cannot read \(path)") }
    let room = bytes.withUnsafeBytes { raw in
      (0..<bytes.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    var loop = Interrupt(near: try Sound.read(near), answer: try Sound.read(answer), path: room, level: level)
    loop.play()
    print("{\"decisions\": [\(loop.decisions.joined(separator: ", "))]}")
  }

  private init(near: [Int16], answer: [Int16], path: [Float], level: Float?) {
    self.near = near
    self.path = path
    self.level = level
    dry = [Float](repeating: 0, count: path.count + Self.block)
    var status: Int32 = 0
    resampler = speex_resampler_init(1, UInt32(AudioFormat.playbackRate), UInt32(AudioFormat.captureRate), 8, &status)
    speex_resampler_skip_zeros(resampler)
    _ = queue.enqueue(answer.span)
    detector.begin(ownLevel: level)
  }

  private mutating func play() {
    var resumesAt: Int?
    for index in 0..<near.count / Self.block {
      if let at = resumesAt, index >= at {
        resumesAt = nil
        queue.resume()
        detector.begin(ownLevel: level)
      }
      let now = Instant.zero + SampleTime.frame * index
      feed(at: now)
      let heard = hear(index)
      // The block is there when its last sample is.
      let end = now + SampleTime.frame
      var actions: [InterruptionAction] = []
      control.process(heard.span, firstSample: now) { samples, first in
        detector.take(samples, firstSample: first, echo: control) { actions.append($0) }
      }
      for action in actions where resumesAt == nil {
        act(action, at: end)
        if case .stop = action { resumesAt = index + 50 }
      }
    }
  }

  private mutating func feed(at now: Instant) {
    let held = device.count
    let speaker = speaker
    _ = queue.feed(pending: held, lead: Self.lead) { speaker.take($0) }
    control.reference.play(speaker.fed.span, at: now + SampleTime.duration(of: held, rate: AudioFormat.playbackRate))
    device += speaker.fed
    speaker.fed = []
  }

  /// The next block of the microphone: the room's answer to what the speaker plays meanwhile, and the rest.
  private mutating func hear(_ index: Int) -> [Int16] {
    var played = Array(device.prefix(Self.speakerFrame))
    device.removeFirst(played.count)
    if let last = played.lastIndex(where: { $0 != 0 }) {
      lastSound = (index * Self.speakerFrame + last + 1) * 1_000 / AudioFormat.playbackRate
    }
    played += [Int16](repeating: 0, count: Self.speakerFrame - played.count)
    var made = [Float](repeating: 0, count: Self.block)
    var taken = UInt32(Self.speakerFrame)
    var count = UInt32(Self.block)
    speex_resampler_process_float(resampler, 0, played.map { Float($0) / 32_768 }, &taken, &made, &count)
    dry.removeFirst(Self.block)
    dry += made
    let first = dry.count - Self.block
    var sums = [Float](repeating: 0, count: Self.block)
    path.withUnsafeBufferPointer { path in
      dry.withUnsafeBufferPointer { dry in
        sums.withUnsafeMutableBufferPointer { sums in
          // The path is as long as what came before: every tap finds its sample.
          for tap in 0..<path.count { for place in 0..<sums.count { sums[place] += path[tap] * dry[first + place - tap] } }
        }
      }
    }
    return (0..<Self.block).map { place in
      let sample = sums[place] * 32_768 + Float(near[index * Self.block + place])
      return Int16(min(max(sample, -32_768), 32_767).rounded())
    }
  }

  private mutating func act(_ action: InterruptionAction, at now: Instant) {
    let time = (now - .zero).milliseconds
    switch action {
    case .duck:
      queue.duck(true)
      decisions.append("[\(time), \"duck\"]")
    case .pause:
      silence(at: now)
      decisions.append("[\(time), \"pause\", \(lastSound)]")
    case .resume:
      queue.duck(false)
      queue.resume()
      decisions.append("[\(time), \"resume\"]")
    case .stop(let onset):
      silence(at: now)
      decisions.append("[\(time), \"stop\", \((onset - .zero).milliseconds)]")
    }
  }

  private mutating func silence(at now: Instant) {
    queue.pause(pending: device.count)
    device = []
    control.reference.cut(at: now)
  }
}
