import CALSA
import HAL
import Units

/// An open ALSA device with what was agreed on with it.
final class PCM {
  let handle: OpaquePointer
  let facts: sotto_pcm_facts
  let layout: SampleLayout

  /// Samples per second that are tried: the one wanted, then its multiples, for which a conversion is exact and cheap, then the rest.
  private static let rates: [UInt32] = [48_000, 32_000, 96_000, 44_100, 16_000, 24_000]

  /// `period` and `buffer` are wishes; `batchPeriod` is the period of a device that tells its position only with it.
  init(
    _ part: Part, name: String, rate: Int, channels: Int, period: Duration, batchPeriod: Duration, buffer: Duration
  ) throws(DeviceError) {
    var wish = sotto_pcm_wish()
    wish.captures = part == .microphone
    wish.rates = PCM.list(first: UInt32(rate))
    wish.channels = UInt32(channels)
    wish.period = UInt32(clamping: period.microseconds)
    wish.batch_period = UInt32(clamping: batchPeriod.microseconds)
    wish.buffer = UInt32(clamping: buffer.microseconds)
    var opened: OpaquePointer?
    let result = name.withCString { sotto_pcm_open($0, &wish, &opened) }
    guard result >= 0, let opened else { throw DeviceError(system: part, "open", result) }
    handle = opened
    var facts = sotto_pcm_facts()
    sotto_pcm_learn(opened, &facts)
    self.facts = facts
    layout = SampleLayout(format: SampleFormat(rawValue: facts.format) ?? .bits16, channels: Int(facts.channels))
  }

  deinit { sotto_pcm_close(handle) }

  var rate: Int { Int(facts.rate) }

  func look() -> (result: Int32, moment: sotto_pcm_moment) {
    var moment = sotto_pcm_moment()
    let result = sotto_pcm_look(handle, &moment)
    return (result, moment)
  }

  private static func list(first: UInt32) -> (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) {
    (first, rates[0], rates[1], rates[2], rates[3], rates[4], rates[5], 0)
  }
}
