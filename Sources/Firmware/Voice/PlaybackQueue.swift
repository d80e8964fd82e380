import HAL
import Units

/// Decoded sound that waits for the speaker, at `AudioFormat.playbackRate`.
///
/// ```
///          1 threshold reached, or finish          2 speaker ran dry before finish
/// waiting ────────────────────────────────▶ playing ─────────────────────────────▶ waiting (underruns + 1)
///    ▲                                        │
///    └───────────────── 3 clear ──────────────┘
/// ```
///
/// Sound starts once `startThreshold` is queued, so that the jitter of the link is not heard, or at once when `finish` says that
/// no more will come. The store is made at the first `enqueue` and given back by `clear`, so that sleeping glasses hold none.
public struct PlaybackQueue: Sendable {
  private let startSamples: Int
  private let capacity: Int
  private var storage: [Int16] = []
  private var head = 0
  private var isPlaying = false

  /// Samples that wait.
  public private(set) var count = 0
  /// Whether `finish` was called: no more sound belongs to this answer.
  public private(set) var isFinished = false
  /// Samples of this answer that were queued.
  public private(set) var queued = 0
  /// Samples of this answer that the speaker has taken.
  public private(set) var written = 0
  /// Times that the speaker ran dry in the middle of an answer, since the start.
  public private(set) var underruns = 0

  /// `capacity` bounds the memory: 30 s are 1.4 MB. A sender that is paced to real time needs far less.
  public init(startThreshold: Duration = .milliseconds(60), capacity: Duration = .seconds(30)) {
    startSamples = SampleTime.samples(in: startThreshold, rate: AudioFormat.playbackRate)
    self.capacity = max(SampleTime.samples(in: capacity, rate: AudioFormat.playbackRate), SampleTime.playbackFrame)
  }

  public var room: Int { capacity - count }
  /// Whether there is something that the speaker should get now.
  public var canPlay: Bool { count > 0 && (isPlaying || isFinished || count >= startSamples) }
  /// Whether everything of a finished answer has gone to the speaker.
  public var isDone: Bool { isFinished && count == 0 }

  /// Queues samples; returns how many fitted.
  public mutating func enqueue(_ samples: Span<Int16>) -> Int {
    if storage.isEmpty { storage = [Int16](repeating: 0, count: capacity) }
    let taken = min(samples.count, room)
    var tail = head + count
    if tail >= capacity { tail -= capacity }
    for index in 0..<taken {
      storage[tail] = samples[index]
      tail = tail + 1 == capacity ? 0 : tail + 1
    }
    count += taken
    queued += taken
    return taken
  }

  /// No more sound follows: what waits is played even below the threshold.
  public mutating func finish() {
    isFinished = true
  }

  /// Gives the speaker what it takes. `pending` is `Speaker.pending` before the call; `write` is `Speaker.write`.
  /// Returns the samples taken; 0 when it is too early, nothing waits, or the speaker is full.
  public mutating func feed<Failure: Error>(
    pending: Int, write: (Span<Int16>) throws(Failure) -> Int
  ) throws(Failure) -> Int {
    if isPlaying && count == 0 && pending == 0 && !isFinished {
      isPlaying = false
      underruns += 1
    }
    guard canPlay else { return 0 }
    isPlaying = true
    var total = 0
    while count > 0 {
      let piece = min(count, capacity - head)
      let taken = min(max(try write(storage.span.extracting(head..<head + piece)), 0), piece)
      head += taken
      if head == capacity { head = 0 }
      count -= taken
      written += taken
      total += taken
      if taken < piece { break }
    }
    return total
  }

  /// Samples of this answer that the wearer has heard, when the speaker still holds `pending`.
  public func heard(pending: Int) -> Int { max(written - max(pending, 0), 0) }

  /// The same as time.
  public func heardTime(pending: Int) -> Duration {
    SampleTime.duration(of: heard(pending: pending), rate: AudioFormat.playbackRate)
  }

  /// Drops what waits and starts anew for the next answer. Read `heard` before.
  public mutating func clear() {
    storage = []
    head = 0
    count = 0
    isPlaying = false
    isFinished = false
    queued = 0
    written = 0
  }
}
