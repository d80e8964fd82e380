import HAL
import Testing
import Units

@testable import Drivers

/// Channels, sample formats, periods and the capture's clock, without a device.
@Suite struct SoundArithmeticTests {
  // MARK: Channels

  @Test func aSelectionIsReadFromText() {
    #expect(ChannelSelection("mix") == .mix)
    #expect(ChannelSelection("0,2") == .only([0, 2]))
    for text in ["", "mixed", "0,", "-1", "0,0", "64"] { #expect(ChannelSelection(text) == nil, "\(text)") }
  }

  @Test func aSelectionMustBeThere() {
    #expect(ChannelSelection.mix.channels(of: 3) == [0, 1, 2])
    #expect(ChannelSelection.only([2, 0]).channels(of: 3) == [2, 0])
    #expect(ChannelSelection.only([3]).channels(of: 3) == nil)
    #expect(ChannelSelection.only([]).channels(of: 3) == nil)
  }

  // MARK: Samples

  private func read(_ format: SampleFormat, channels: Int, _ bytes: [UInt8], selected: [Int]) -> [Int16] {
    let layout = SampleLayout(format: format, channels: channels)
    let frames = bytes.count / layout.frameBytes
    return [Int16](unsafeUninitializedCapacity: frames) { samples, count in
      bytes.withUnsafeBufferPointer {
        layout.read($0.baseAddress!, frames: frames, selected: selected, into: samples.baseAddress!)
      }
      count = frames
    }
  }

  private func bytes<Number: FixedWidthInteger>(_ numbers: [Number]) -> [UInt8] {
    numbers.flatMap { number in withUnsafeBytes(of: number.littleEndian) { [UInt8]($0) } }
  }

  @Test func oneChannelIsTakenAsItIs() {
    let stereo: [Int16] = [1, -1, 32_767, -32_768, 7, 9]
    #expect(read(.bits16, channels: 2, bytes(stereo), selected: [0]) == [1, 32_767, 7])
    #expect(read(.bits16, channels: 2, bytes(stereo), selected: [1]) == [-1, -32_768, 9])
  }

  @Test func channelsAreMixedWithoutOverflow() {
    let three: [Int16] = [30_000, 30_000, 30_000, -32_768, -32_768, -32_767, 1, 2, 0]
    #expect(read(.bits16, channels: 3, bytes(three), selected: [0, 1, 2]) == [30_000, -32_768, 1])
    // Halves go away from zero.
    #expect(read(.bits16, channels: 2, bytes([1, 2, -1, -2] as [Int16]), selected: [0, 1]) == [2, -2])
  }

  @Test func widerSamplesAreRounded() {
    let wide: [Int32] = [0x1234_8000, -0x1234_8000, 0x1234_7FFF, Int32.max, Int32.min]
    #expect(read(.bits32, channels: 1, bytes(wide), selected: [0]) == [0x1235, -0x1235, 0x1234, 32_767, -32_768])
    // The upper byte of 24 bits in 32 may hold anything.
    let odd: [UInt32] = [0x7F12_3480, 0x00FF_FF80, 0xAA80_0000]
    #expect(read(.bits24, channels: 1, bytes(odd), selected: [0]) == [0x1235, -1, -32_768])
    #expect(read(.bits24packed, channels: 1, [0x80, 0x34, 0x12, 0x00, 0x00, 0x80], selected: [0]) == [0x1235, -32_768])
  }

  @Test(arguments: [SampleFormat.bits16, .bits32, .bits24, .bits24packed])
  func whatIsWrittenIsReadBack(format: SampleFormat) {
    let samples: [Int16] = [0, 1, -1, 12_345, -12_345, 32_767, -32_768]
    let layout = SampleLayout(format: format, channels: 3)
    var buffer = [UInt8](repeating: 0xEE, count: layout.frameBytes * samples.count)
    buffer.withUnsafeMutableBufferPointer { layout.write(samples, frames: samples.count, into: $0.baseAddress!) }
    for channel in 0..<3 { #expect(read(format, channels: 3, buffer, selected: [channel]) == samples) }
    #expect(read(format, channels: 3, buffer, selected: [0, 1, 2]) == samples)
  }

  // MARK: Periods

  private func plan(period: Int, buffer: Int = 96_000, onlyPeriods: Bool = false) -> PeriodPlan {
    PeriodPlan(rate: 48_000, hardwarePeriod: period, buffer: buffer, tellsOnlyPeriods: onlyPeriods)
  }

  @Test func theLongPeriodComesByInterruptAndTheShortOneByTimer() {
    let plan = plan(period: 9_600)
    #expect(plan.wakeup(for: .milliseconds(200)) == .descriptor(frames: 9_600))
    #expect(plan.wakeup(for: .milliseconds(500)) == .descriptor(frames: 24_000))
    #expect(plan.wakeup(for: .milliseconds(20)) == .timer(.milliseconds(20)))
    // Rounding by the hardware is no reason for a timer.
    #expect(plan.wakeup(for: .milliseconds(180)) == .descriptor(frames: 8_640))
  }

  @Test func aDeviceThatTellsOnlyPeriodsReportsByItsDescriptor() {
    let plan = plan(period: 480, onlyPeriods: true)
    #expect(plan.wakeup(for: .milliseconds(20)) == .descriptor(frames: 960))
    #expect(plan.wakeup(for: .milliseconds(200)) == .descriptor(frames: 9_600))
  }

  @Test func periodsAreKeptWithinBoundsAndTheBuffer() {
    #expect(plan(period: 9_600).wakeup(for: .milliseconds(1)) == .timer(.milliseconds(10)))
    #expect(plan(period: 4_800).wakeup(for: .seconds(9)) == .descriptor(frames: 24_000))
    #expect(plan(period: 4_800, buffer: 9_600).wakeup(for: .milliseconds(500)) == .descriptor(frames: 4_800))
  }

  // MARK: Clock

  private let start = Instant(nanoseconds: 10_000_000_000)

  @Test func aBlockBeginsWhenItsFirstSampleWasHeard() {
    var clock = CaptureClock(rate: 16_000, start: start)
    // 20 ms have been heard and 5 ms of it were read before: here nothing was read yet.
    clock.observe(delay: 320, at: start + .milliseconds(21))
    clock.take(160)
    let first = clock.give(160)
    #expect(first.firstSample == start + .milliseconds(1))
    clock.take(160)
    #expect(clock.give(160).firstSample == start + .milliseconds(11))
    // The device's clock is a little off ours: the next observation is the truth.
    clock.observe(delay: 160, at: start + .milliseconds(32))
    clock.take(160)
    #expect(clock.give(160).firstSample == start + .milliseconds(22))
  }

  @Test func aConversionOfTheRateDoesNotMoveTheSound() {
    var clock = CaptureClock(rate: 48_000, start: start)
    clock.observe(delay: 4_800, at: start + .milliseconds(100))
    clock.take(4_800)
    // The filter holds some samples back: what comes out still begins at the beginning.
    #expect(clock.give(1_580).firstSample == start)
    clock.observe(delay: 4_800, at: start + .milliseconds(200))
    clock.take(4_800)
    #expect(clock.give(1_600).firstSample == start + .microseconds(98_750))
  }

  @Test func overwrittenFramesAreCountedToTheSample() {
    var clock = CaptureClock(rate: 48_000, start: start)
    clock.lose(3_000)
    clock.lose(1)
    clock.observe(delay: 480, at: start + .milliseconds(500))
    clock.take(480)
    let block = clock.give(160)
    #expect(block.lost == 1_000)
    #expect(block.firstSample == start + .milliseconds(490))
    // One frame of 48 kHz is a third of a sample: it is kept until it is whole.
    clock.lose(2)
    clock.take(3)
    #expect(clock.give(1).lost == 1)
    #expect(clock.give(0).lost == 0)
  }

  @Test func theTimeThatADeviceStoodStillIsLost() {
    var clock = CaptureClock(rate: 16_000, start: start)
    clock.observe(delay: 1_600, at: start + .milliseconds(100))
    clock.take(1_600)
    _ = clock.give(1_600)
    clock.restart(at: start + .milliseconds(350))
    clock.take(160)
    let block = clock.give(160)
    #expect(block.lost == 4_000)
    #expect(block.firstSample == start + .milliseconds(350))
    #expect(clock.give(0).lost == 0)
  }
}
