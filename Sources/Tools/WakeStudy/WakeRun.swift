import CLinux
import HAL
import Units
import Wake

/// What became of one sound that wake words listened to.
public struct WakeRun: Sendable {
  public struct Detection: Sendable {
    /// Which of the words.
    public var word: Int
    /// From the begin of the sound to the last sample that decided it.
    public var seconds: Double
    /// The mean that rose above the cutoff, 0…1.
    public var score: Double
    /// The highest mean until the word was over.
    public var peak: Double
  }

  /// A mean of a word's last outputs.
  public struct Score: Sendable {
    public var seconds: Double
    public var mean: Double
  }

  /// With `tail`.
  public var seconds: Double
  public var detections: [Detection] = []
  /// For each word, in time. Nothing is scored while the gate is closed.
  public var scores: [[Score]]
  /// Which share of the sound the networks heard; the gate passed over the rest.
  public var heardShare = 0.0
  /// Processor time for an hour of such sound, gate included.
  public var processorSecondsPerHour = 0.0

  /// So much silence is heard after the sound: a word at its very end is recognised there.
  public static let tail = Duration.milliseconds(500)
  /// A word that is above its cutoff again within this time is the same word.
  public static let same = Duration.seconds(1)
  /// A period of the microphone while armed.
  static let period = AudioFormat.captureRate / 5
  /// Shorter than this a processor time says little: the sound is heard again until it is reached.
  private static let leastProcessorTime = Duration.milliseconds(100)

  /// Plays `sound` through the words as armed glasses hear them, from their begin.
  public init(_ sound: [Int16], words: [WakeWord], isGated: Bool = true) {
    let samples = sound + [Int16](repeating: 0, count: Int(Self.tail / .milliseconds(1)) * AudioFormat.captureRate / 1000)
    seconds = Double(samples.count) / Double(AudioFormat.captureRate)
    var scores = [[Score]](repeating: [], count: words.count)
    let listener = WakeListener(words, isGated: isGated)
    listener.reset()
    listener.observer = { word, verdict, at in
      scores[word].append(Score(seconds: Self.seconds(at), mean: verdict.mean))
    }
    Self.play(samples, to: listener) { _ in }
    self.scores = scores
    heardShare = listener.steps > 0 ? Double(listener.stepsHeard) / Double(listener.steps) : 0
    detections = words.indices.flatMap { Self.detections(word: $0, cutoff: words[$0].cutoff, scores[$0]) }
    detections.sort { $0.seconds < $1.seconds }
    measure(samples, words, isGated: isGated)
  }

  static func seconds(_ at: Instant) -> Double { Double((at - .zero) / .microseconds(1)) / 1_000_000 }

  /// Hands over period by period, as the microphone does.
  static func play(_ samples: [Int16], to listener: WakeListener, _ found: (WakeDetection) -> Void) {
    for start in stride(from: 0, to: samples.count, by: period) {
      let block = samples.span.extracting(start..<min(start + period, samples.count))
      let at = Instant.zero + .nanoseconds(Int64(start) * 1_000_000_000 / Int64(AudioFormat.captureRate))
      if let detection = listener.hear(block, firstSample: at) { found(detection) }
    }
  }

  /// Plays `samples` and tells nobody: for those who count what it costs.
  public static func play(_ samples: [Int16], to words: [WakeWord], isGated: Bool) {
    let listener = WakeListener(words, isGated: isGated)
    listener.reset()
    play(samples, to: listener) { _ in }
  }

  private static func detections(word: Int, cutoff: Double, _ scores: [Score]) -> [Detection] {
    var detections: [Detection] = []
    var last = -Double.infinity
    for score in scores where score.mean > cutoff {
      if score.seconds - last >= same / .seconds(1) {
        detections.append(Detection(word: word, seconds: score.seconds, score: score.mean, peak: score.mean))
      } else {
        detections[detections.count - 1].peak = max(detections[detections.count - 1].peak, score.mean)
      }
      last = score.seconds
    }
    return detections
  }

  /// Nobody watches: what it costs on the glasses.
  private mutating func measure(_ samples: [Int16], _ words: [WakeWord], isGated: Bool) {
    let listener = WakeListener(words, isGated: isGated)
    let start = sotto_processor_time()
    var rounds = 0.0
    var spent = Duration.zero
    repeat {
      listener.reset()
      Self.play(samples, to: listener) { _ in }
      rounds += 1
      spent = .nanoseconds(sotto_processor_time() - start)
    } while spent < Self.leastProcessorTime
    processorSecondsPerHour = spent / .seconds(1) / (rounds * seconds) * 3600
  }
}
