import Units

/// The two fixed sound formats of the device. Boards convert where hardware forces another one.
public enum AudioFormat {
  /// Microphone: mono, signed 16-bit, native endian.
  public static let captureRate = 16_000
  /// Speaker: mono, signed 16-bit, native endian. 24 kHz is a native Opus rate and holds all of speech.
  public static let playbackRate = 24_000
}

/// What one read from the microphone gave.
public struct CaptureBlock: Sendable {
  /// Samples written to the caller's buffer.
  public var count: Int
  /// When the first of these samples reached the microphone.
  public var firstSample: Instant
  /// Samples lost before this block since the last read (overrun).
  public var lost: Int

  public init(count: Int, firstSample: Instant, lost: Int) {
    self.count = count
    self.firstSample = firstSample
    self.lost = lost
  }
}

/// A microphone at `AudioFormat.captureRate`. It is off until `start`.
///
/// While it runs, `BoardEvent.microphoneReady` is reported each time a period is there to be read. After a failed read the
/// microphone is off.
public protocol Microphone: AnyObject {
  /// Starts capture. `period` is how much sound the board may gather before it wakes the processor (10 ms … 500 ms; clamped).
  func start(period: Duration) throws(DeviceError)
  /// Changes the period of a running capture without losing a sample; the board may round it.
  func setPeriod(_ period: Duration)
  /// Ends capture and drops what was not read. Allowed in every state.
  func stop()
  /// Copies what was captured, oldest first, as far as it fits. Never blocks; `count` is 0 when there is nothing.
  func read(into samples: inout MutableSpan<Int16>) throws(DeviceError) -> CaptureBlock
}

/// A speaker at `AudioFormat.playbackRate`. It is off until `start`.
///
/// `BoardEvent.speakerReady` is reported once after `start`, and once after each `write` that was not taken whole, as soon as a period fits again:
/// a speaker with nothing to play wakes nobody. `speakerDrained` is reported once after each `drain` when the last sample was heard;
/// a `write` after `drain`, `drop` and `stop` call the draining off.
public protocol Speaker: AnyObject {
  func start() throws(DeviceError)
  /// Queues samples; returns how many were taken (0 when there is no room).
  func write(_ samples: Span<Int16>) throws(DeviceError) -> Int
  /// Samples taken but not yet heard, the device's own buffer included.
  var pending: Int { get }
  /// Plays what is queued to its end, then reports `speakerDrained`.
  func drain()
  /// Silences at once and drops what is queued, the device's own buffer included.
  func drop()
  /// Off. Drops what is queued. Allowed in every state.
  func stop()
}
