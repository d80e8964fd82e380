import CAllocationCount
import Foundation
import HAL
import Testing
import Units

@testable import Drivers

/// The speaker's driver on ALSA's devices without hardware: `null`, which takes everything at once, and `file`, which keeps it. Pace, overruns
/// and unplugging need a card: they are tried in the ARM guest.
@Suite(.serialized) struct SoundDeviceTests {
  private func speaker(_ name: String) throws -> (DeviceLoop, ALSAPlayback) {
    let loop = try DeviceLoop { _ in }
    let source = loop.makeSource()
    let speaker = ALSAPlayback(host: loop.host, source: source, name: name)
    loop.connect(source, ready: { speaker.descriptorReady($0) }, due: { speaker.timerDue() })
    return (loop, speaker)
  }

  private func isDrained(_ loop: DeviceLoop) -> Bool {
    while let event = loop.next(before: loop.now() + .seconds(5)) {
      if case .speakerDrained = event { return true }
    }
    return false
  }

  @Test func whatIsPlayedArrivesBitForBit() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "sotto-\(UUID().uuidString).raw").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let samples = (0..<12_345).map { Int16(truncatingIfNeeded: $0 &* 7919) }
    let (loop, speaker) = try speaker("file:" + path)
    try speaker.start()
    #expect(speaker.mode?.rate == 24_000 && speaker.mode?.isMapped == true)
    var place = 0
    while place < samples.count {
      place += try speaker.write(samples.span.extracting(place..<min(place + 480, samples.count)))
    }
    speaker.drain()
    #expect(isDrained(loop))
    speaker.stop()
    let kept = try Data(contentsOf: URL(filePath: path))
    #expect(kept == samples.withUnsafeBytes { Data($0) })
  }

  @Test func playingAllocatesNothing() throws {
    let (loop, speaker) = try speaker("null")
    try speaker.start()
    let samples = [Int16](repeating: 1_000, count: 480)
    for _ in 0..<10 { _ = try speaker.write(samples.span) }
    _ = loop.next(before: loop.now())
    let before = sotto_allocations()
    for _ in 0..<500 {
      _ = try speaker.write(samples.span)
      _ = speaker.pending
    }
    #expect(sotto_allocations() == before)
    speaker.stop()
  }

  /// One channel of 16 bits through the resampler, as most devices with another rate have it.
  @Test func convertingTheRateAllocatesNothing() throws {
    let resampler = try StreamResampler(from: 48_000, to: 16_000)
    let layout = SampleLayout(format: .bits16, channels: 2)
    let frames = [UInt8](repeating: 3, count: 960 * layout.frameBytes)
    var mono = [Int16](repeating: 0, count: 960)
    var output = [Int16](repeating: 0, count: 400)
    let selected = [1]
    func step() {
      frames.withUnsafeBufferPointer { frames in
        mono.withUnsafeMutableBufferPointer { mono in
          layout.read(frames.baseAddress!, frames: 960, selected: selected, into: mono.baseAddress!)
          output.withUnsafeMutableBufferPointer {
            _ = resampler.process(mono.baseAddress!, count: 960, into: $0.baseAddress!, room: $0.count)
          }
        }
      }
    }
    for _ in 0..<5 { step() }
    let before = sotto_allocations()
    for _ in 0..<500 { step() }
    #expect(sotto_allocations() == before)
  }

  /// Wide samples and mixed channels, as microphone arrays have them.
  @Test(arguments: [SampleFormat.bits16, .bits32, .bits24, .bits24packed])
  func mixingAndNarrowingAllocatesNothing(_ format: SampleFormat) {
    for (channels, selected) in [(1, [0]), (2, [1]), (4, [0, 2]), (8, [0, 1, 2, 3, 4, 5, 6, 7])] {
      let layout = SampleLayout(format: format, channels: channels)
      let frames = [UInt8](repeating: 0x81, count: 480 * layout.frameBytes)
      var mono = [Int16](repeating: 0, count: 480)
      var played = [UInt8](repeating: 0, count: 480 * layout.frameBytes)
      func step() {
        frames.withUnsafeBufferPointer { frames in
          mono.withUnsafeMutableBufferPointer { mono in
            layout.read(frames.baseAddress!, frames: 480, selected: selected, into: mono.baseAddress!)
            played.withUnsafeMutableBufferPointer { layout.write(mono.baseAddress!, frames: 480, into: $0.baseAddress!) }
          }
        }
      }
      for _ in 0..<3 { step() }
      let before = sotto_allocations()
      for _ in 0..<100 { step() }
      #expect(sotto_allocations() == before, "\(channels) channels, of them \(selected)")
    }
  }

  @Test func stoppedInEveryStateItStartsAgain() throws {
    let (loop, speaker) = try speaker("null")
    speaker.stop()
    speaker.drop()
    speaker.drain()
    for round in 0..<3 {
      try speaker.start()
      #expect(throws: DeviceError.self) { try speaker.start() }
      let samples: [Int16] = [1, 2, 3]
      if round > 0 { #expect(try speaker.write(samples.span) == 3) }
      if round > 1 { speaker.drain() }
      speaker.stop()
      #expect(speaker.pending == 0)
    }
    #expect(loop.host.timers.isEmpty)
    #expect(loop.next(before: loop.now()) == nil)
  }

  @Test func aVolumeWithoutAnElementIsAnError() throws {
    let (_, speaker) = try speaker("null")
    let error = #expect(throws: DeviceError.self) { try speaker.set(volume: Percent(50)) }
    #expect(error?.cause == .absent)
  }

  @Test func aDevicesCardIsInItsName() {
    #expect(ALSAMixer.control(of: "hw:CARD=Array,DEV=0") == "hw:CARD=Array")
    #expect(ALSAMixer.control(of: "plughw:1,0") == "hw:1")
    #expect(ALSAMixer.control(of: "default") == "default")
  }
}
