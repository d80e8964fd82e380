import HAL
import Units

/// Decoded sound that waits for the speaker, at `AudioFormat.playbackRate`.
///
/// ```
///          1 threshold reached, or finish          2 speaker ran dry before finish
/// waiting ────────────────────────────────▶ playing ─────────────────────────────▶ waiting (underruns + 1)
///    ▲                                        │
///    ├───────────────── 3 clear ──────────────┤
///    │  5 resume ┌────────┐  4 pause          │
///    └───────────┤ paused │◀──────────────────┘
///                └────────┘
/// ```
///
/// Sound starts once `startThreshold` is queued, so that the jitter of the link is not heard, or at once when `finish` says that
/// no more will come. Each time the speaker runs dry the threshold doubles, to 240 ms at most; each answer without takes a quarter of the rest back. The store is made at the first `enqueue` for one second, doubles while the sender runs ahead, and is given
/// back by `clear`, so that sleeping glasses hold none. A sender that is paced within a second causes one allocation an answer.
///
/// While somebody seems to speak the sound is ducked (−12 dB), and paused when that is certain: what the speaker had taken and the wearer had
/// not heard is kept, so that the answer goes on from there if it was nothing. Volume glides, also where sound begins anew.
public struct PlaybackQueue: Sendable {
  private let leastStart: Int
  /// What is queued before sound starts; more on a link that has let the speaker run dry.
  private var startSamples: Int
  private let capacity: Int
  private var storage: [Int16] = []
  private var head = 0
  private var isPlaying = false
  private var ramp = VolumeRamp()
  /// Samples before `head` that are kept.
  private var kept = 0
  private var hasRunDry = false
  private var scratch = [Int16](repeating: 0, count: SampleTime.playbackFrame)

  /// A quarter: −12 dB, so quiet that a voice is understood over it and so loud that it is not missed.
  private static let ducked: Float = 0.25
  /// Longest that sound is held back for jitter, 240 ms: beyond it a pause is the lesser evil.
  private static let longestStart = AudioFormat.playbackRate * 24 / 100
  /// Sound that is kept after the speaker has taken it, 300 ms: more than devices hold.
  private static let memory = AudioFormat.playbackRate * 3 / 10

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
  /// Whether nothing is played although something waits.
  public private(set) var isPaused = false

  /// `capacity` bounds the memory: 60 s are 2.9 MB.
  public init(startThreshold: Duration = .milliseconds(60), capacity: Duration = .seconds(60)) {
    leastStart = SampleTime.samples(in: startThreshold, rate: AudioFormat.playbackRate)
    startSamples = leastStart
    self.capacity = max(SampleTime.samples(in: capacity, rate: AudioFormat.playbackRate), SampleTime.playbackFrame)
  }

  public var room: Int { capacity - count }
  /// Whether there is something that the speaker should get now.
  public var canPlay: Bool { count > 0 && !isPaused && (isPlaying || isFinished || count >= startSamples) }
  /// Whether everything of a finished answer has gone to the speaker.
  public var isDone: Bool { isFinished && count == 0 }

  /// Queues samples; returns how many fitted.
  public mutating func enqueue(_ samples: Span<Int16>) -> Int {
    let taken = min(samples.count, room)
    if kept + count + taken > storage.count { grow(to: kept + count + taken) }
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

  /// Gives the speaker what it takes. `pending` is `Speaker.pending` before the call; `write` is `Speaker.write`. With a `lead` the speaker holds no
  /// more than that many samples afterwards, so that what is decided now is heard soon.
  /// Returns the samples taken; 0 when it is too early, nothing waits, or the speaker is full.
  public mutating func feed<Failure: Error>(
    pending: Int, lead: Int = .max, write: (Span<Int16>) throws(Failure) -> Int
  ) throws(Failure) -> Int {
    if isPlaying && count == 0 && pending == 0 && !isFinished {
      isPlaying = false
      hasRunDry = true
      underruns += 1
      startSamples = min(max(startSamples * 2, SampleTime.playbackFrame), Self.longestStart)
    }
    guard canPlay else { return 0 }
    if !isPlaying && written > 0 { ramp.restart() }
    isPlaying = true
    var total = 0
    while count > 0 && pending + total < lead {
      let piece = min(count, storage.count - head, lead - pending - total)
      let taken = ramp.isIdle ? try place(piece, write) : try placeRamped(min(piece, scratch.count), write)
      total += taken.count
      if taken.isFull { break }
    }
    return total
  }

  private mutating func place<Failure: Error>(
    _ piece: Int, _ write: (Span<Int16>) throws(Failure) -> Int
  ) throws(Failure) -> (count: Int, isFull: Bool) {
    let taken = min(max(try write(storage.span.extracting(head..<head + piece)), 0), piece)
    advance(taken)
    return (taken, taken < piece)
  }

  private mutating func placeRamped<Failure: Error>(
    _ piece: Int, _ write: (Span<Int16>) throws(Failure) -> Int
  ) throws(Failure) -> (count: Int, isFull: Bool) {
    let before = ramp
    for index in 0..<piece { scratch[index] = ramp.apply(to: storage[head + index]) }
    let taken = min(max(try write(scratch.span.extracting(0..<piece)), 0), piece)
    if taken < piece {
      // The volume is where the last sample taken left it.
      ramp = before
      for index in 0..<taken { _ = ramp.apply(to: storage[head + index]) }
    }
    advance(taken)
    return (taken, taken < piece)
  }

  private mutating func advance(_ taken: Int) {
    head += taken
    if head == storage.count { head = 0 }
    count -= taken
    written += taken
    kept = min(kept + taken, Self.memory)
  }

  // MARK: Interruptions

  /// What is played from now on is quieter, or as loud as before.
  public mutating func duck(_ isDucked: Bool) {
    ramp.target = isDucked ? Self.ducked : 1
  }

  /// The speaker was silenced while it still held `pending` samples, which count as not heard and will be played again.
  public mutating func pause(pending: Int) {
    isPaused = true
    let back = min(max(pending, 0), kept)
    head -= back
    if head < 0 { head += storage.count }
    count += back
    written -= back
    kept -= back
  }

  /// Goes on from where it was, from silence to full volume.
  public mutating func resume() {
    isPaused = false
    ramp.target = 1
    if isPlaying { ramp.restart() }
  }

  /// Samples of this answer that the wearer has heard, when the speaker still holds `pending`.
  public func heard(pending: Int) -> Int { max(written - max(pending, 0), 0) }

  /// The same as time.
  public func heardTime(pending: Int) -> Duration {
    SampleTime.duration(of: heard(pending: pending), rate: AudioFormat.playbackRate)
  }

  /// Drops what waits and starts anew for the next answer. Read `heard` before.
  public mutating func clear() {
    if written > 0 && !hasRunDry { startSamples = max(leastStart, startSamples - (startSamples - leastStart + 3) / 4) }
    hasRunDry = false
    storage = []
    head = 0
    count = 0
    kept = 0
    isPlaying = false
    isFinished = false
    isPaused = false
    ramp.set(1)
    queued = 0
    written = 0
  }

  private mutating func grow(to needed: Int) {
    var size = max(storage.count, min(AudioFormat.playbackRate, capacity))
    while size < needed { size *= 2 }
    var larger = [Int16](repeating: 0, count: min(size, capacity + Self.memory))
    // What is kept stands before what waits.
    for index in 0..<kept + count {
      var from = head - kept + index
      if from < 0 { from += storage.count }
      if from >= storage.count { from -= storage.count }
      larger[index] = storage[from]
    }
    storage = larger
    head = kept
  }
}
