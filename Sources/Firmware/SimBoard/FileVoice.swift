import Drivers
import HAL
import Units

/// A speaker that writes what is heard to WAV files, with a device buffer that empties in the board's time.
///
/// ```
///        start          write           empty
///  off ────────▶ silent ──────▶ playing ──────▶ silent        (an underrun, unless draining)
///   ▲───── stop ────┴── stop, drop ──┘
/// ```
/// Sound that follows an underrun or a pause stands right behind the sound before it: the file holds what was heard, not the silence between.
final class FileVoice {
  private let hub: Hub
  private let echo: EchoPath?
  private let path: String?
  private let onePerTurn: Bool
  private let startLatency: Duration

  private var isOn = false
  private var isDraining = false
  private var wantsRoom = false
  /// The buffer ran empty unasked: an underrun, if more sound follows.
  private var ranDry = false
  private var buffer = RingBuffer<Int16>(capacity: FileVoice.capacity, filler: 0)
  /// When the amplifier is up after `start`.
  private var ready = Instant.zero
  /// While playing: when the first sample since the silence began to be heard, and how many were heard since.
  private var playing: (since: Instant, heard: Int)?
  private var room = Appointment<Due>()
  private var silence = Appointment<Due>()

  private var file: WAVWriter?
  private var files = 0
  private(set) var firstHeard: Instant?
  private(set) var heard = 0
  private(set) var underruns = 0

  /// 100 ms: what a sound card's buffer is set to for speech.
  static let capacity = AudioFormat.playbackRate / 10
  /// 20 ms: room for one Opus frame makes the speaker ready again.
  static let period = AudioFormat.playbackRate / 50
  /// −60 dBFS: quieter samples are not taken for the beginning of sound.
  private static let audible: Int16 = 33

  /// What is heard goes into `echo` too.
  init(hub: Hub, path: String?, onePerTurn: Bool, startLatency: Duration, echo: EchoPath?) {
    self.hub = hub
    self.echo = echo
    self.path = path
    self.onePerTurn = onePerTurn
    self.startLatency = startLatency
  }

  func start() throws(DeviceError) {
    guard !isOn else { throw DeviceError(.speaker, "start", .busy) }
    if let path, file == nil || onePerTurn {
      files += 1
      file = try WAVWriter(path: onePerTurn ? path + "answer-" + decimal(files) + ".wav" : path + "answer.wav")
    }
    isOn = true
    isDraining = false
    firstHeard = nil
    ready = hub.now() + startLatency
    wantsRoom = true
    appoint()
  }

  func write(_ samples: Span<Int16>) throws(DeviceError) -> Int {
    guard isOn else { throw DeviceError(.speaker, "write", .unsupported) }
    let now = hub.now()
    advance(to: now)
    isDraining = false
    if ranDry, !samples.isEmpty {
      underruns += 1
      ranDry = false
    }
    let count = min(samples.count, buffer.room)
    buffer.append(samples.extracting(0..<count))
    if count > 0, playing == nil { playing = (since: max(now, ready), heard: 0) }
    if count < samples.count { wantsRoom = true }
    appoint()
    return count
  }

  var pending: Int {
    advance(to: hub.now())
    return buffer.count
  }

  func drain() {
    guard isOn else { return }
    advance(to: hub.now())
    isDraining = true
    appoint()
  }

  func drop() {
    guard isOn else { return }
    advance(to: hub.now())
    buffer.removeAll()
    playing = nil
    isDraining = false
    ranDry = false
    hub.withdraw { if case .speakerDrained = $0 { true } else { false } }
    appoint()
  }

  func stop() {
    drop()
    isOn = false
    wantsRoom = false
    appoint()
    hub.withdraw { if case .speakerReady = $0 { true } else { false } }
    finish()
  }

  func finish() {
    guard let file else { return }
    file.finish()
    if file.failure < 0 {
      hub.log("the answer's sound cannot be written", DeviceError(system: .speaker, "write WAV", file.failure))
      self.file = nil
    }
  }

  func roomDue() {
    room.met()
    advance(to: hub.now())
    guard isOn, wantsRoom else { return }
    if buffer.room >= FileVoice.period {
      wantsRoom = false
      hub.post(.speakerReady)
    }
    appoint()
  }

  func silenceDue() {
    silence.met()
    advance(to: hub.now())
    guard isOn else { return }
    if isDraining, buffer.isEmpty {
      isDraining = false
      hub.post(.speakerDrained)
    }
    appoint()
  }

  /// Sets the agenda to what is wanted: nothing, when nobody waits for room or for silence.
  private func appoint() {
    if isOn, wantsRoom {
      room.set(.speakerRoom, at: max(instant(whenLeft: FileVoice.capacity - FileVoice.period), ready), on: &hub.agenda)
    } else {
      room.cancel(on: &hub.agenda)
    }
    if isOn, isDraining {
      silence.set(.speakerSilent, at: instant(whenLeft: 0), on: &hub.agenda)
    } else {
      silence.cancel(on: &hub.agenda)
    }
  }

  /// When at most `count` samples are left to be heard; now, if that is so already.
  private func instant(whenLeft count: Int) -> Instant {
    guard let playing, buffer.count > count else { return hub.now() }
    return playing.since + FileVoice.time(of: playing.heard + buffer.count - count)
  }

  /// The microphone is about to hear what was played until now.
  func bringUpToDate() { advance(to: hub.now()) }

  /// Moves what was heard until `now` from the buffer to the file.
  private func advance(to now: Instant) {
    guard let run = playing, now > run.since else { return }
    let due = FileVoice.samples(in: now - run.since)
    let count = min(due - run.heard, buffer.count)
    if count > 0 { hear(count, from: run) }
    playing!.heard += count
    guard buffer.isEmpty else { return }
    // The last sample was heard before now, or just now.
    playing = nil
    if !isDraining, due > run.heard + count { ranDry = true }
  }

  private func hear(_ count: Int, from run: (since: Instant, heard: Int)) {
    var samples = [Int16](repeating: 0, count: count)
    var target = samples.mutableSpan
    _ = buffer.popFirst(into: &target)
    if firstHeard == nil, let index = samples.firstIndex(where: { $0 >= FileVoice.audible || $0 <= -FileVoice.audible }) {
      firstHeard = run.since + FileVoice.time(of: run.heard + index)
    }
    echo?.play(samples.span, at: run.since + FileVoice.time(of: run.heard))
    heard += count
    file?.append(samples.span)
  }

  /// The time that `count` samples take, rounded up to whole nanoseconds so that they have been heard when it is over.
  private static func time(of count: Int) -> Duration {
    let (seconds, rest) = count.quotientAndRemainder(dividingBy: AudioFormat.playbackRate)
    let rate = Int64(AudioFormat.playbackRate)
    return .seconds(seconds) + .nanoseconds((Int64(rest) * 1_000_000_000 + rate - 1) / rate)
  }

  /// Whole samples in a time. Seconds and the rest apart, so that nothing overflows after days of silence.
  private static func samples(in time: Duration) -> Int {
    let (seconds, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return Int(seconds) * AudioFormat.playbackRate + Int(rest * Int64(AudioFormat.playbackRate) / 1_000_000_000)
  }
}
