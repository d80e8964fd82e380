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
/// no more will come. The store is made at the first `enqueue` for one second, doubles while the sender runs ahead, and is given
/// back by `clear`, so that sleeping glasses hold none. A sender that is paced within a second causes one allocation an answer.
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

  /// `capacity` bounds the memory: 60 s are 2.9 MB.
  public init(startThreshold: Duration = .milliseconds(60), capacity: Duration = .seconds(60)) {
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
    let taken = min(samples.count, room)
    if count + taken > storage.count { grow(to: count + taken) }
    var tail = head + count
    if tail >= storage.count { tail -= storage.count }
    for index in 0..<taken {
      storage[tail] = samples[index]
      tail = tail + 1 == storage.count ? 0 : tail + 1
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
      let piece = min(count, storage.count - head)
      let taken = min(max(try write(storage.span.extracting(head..<head + piece)), 0), piece)
      head += taken
      if head == storage.count { head = 0 }
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

  private mutating func grow(to needed: Int) {
    var size = max(storage.count, min(AudioFormat.playbackRate, capacity))
    while size < needed { size *= 2 }
    var larger = [Int16](repeating: 0, count: min(size, capacity))
    for index in 0..<count {
      let from = head + index
      larger[index] = storage[from < storage.count ? from : from - storage.count]
    }
    storage = larger
    head = 0
  }
}
