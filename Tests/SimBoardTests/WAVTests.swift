import Foundation
import HAL
import Testing

@testable import SimBoard

@Suite struct WAVTests {
  @Test(arguments: WAVMaker.Encoding.allCases, [1, 2, 6])
  func everyEncodingAndChannelCountIsRead(encoding: WAVMaker.Encoding, channels: Int) throws {
    for isExtensible in [false, true] {
      let maker = WAVMaker(encoding: encoding, channels: channels, rate: 22_050, isExtensible: isExtensible)
      let values = [0.0, 0.5, -0.5, 0.25, -1.0]
      let sound = try WAVReader.read(maker.make(values.map { [Double](repeating: $0, count: channels) }))
      #expect(sound.rate == 22_050)
      #expect(sound.samples.count == values.count)
      for (sample, value) in zip(sound.samples, values) {
        #expect(abs(Double(sample) - value) < (encoding == .unsigned8 ? 0.02 : 0.0001))
      }
    }
  }

  @Test func channelsAreMixedInEqualShares() throws {
    let sound = try WAVReader.read(WAVMaker(encoding: .float32, channels: 2).make([[0.8, 0.4], [1, -1]]))
    #expect(sound.samples.map { ($0 * 1000).rounded() } == [600, 0])
  }

  @Test(arguments: [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000])
  func resamplingKeepsToneLevelAndLength(rate: Int) throws {
    let sound = WAVSound(rate: rate, samples: tone(440, rate: rate, seconds: 1).map(Float.init))
    let samples = try Resampling.captured(sound)
    #expect(samples.count == 16_000)
    #expect(abs(frequency(of: samples, rate: 16_000) - 440) < 0.1)
    let middle = samples[2_000..<14_000]
    let power = middle.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(middle.count)
    // Root mean square of a sine of half scale: 16384 / √2.
    #expect(abs(power.squareRoot() / 11_585 - 1) < 0.01)
  }

  @Test func resamplingKeepsThePlaceOfAClick() throws {
    var click = [Float](repeating: 0, count: 48_000)
    for index in 0..<96 { click[24_000 + index] = 0.9 }
    let samples = try Resampling.captured(WAVSound(rate: 48_000, samples: click))
    let peak = try #require(samples.indices.max { abs(Int(samples[$0])) < abs(Int(samples[$1])) })
    #expect((7_998...8_034).contains(peak))
    #expect(samples[0..<7_900].allSatisfy { abs(Int($0)) < 40 })
  }

  @Test func whatIsAboveTheNewBandDoesNotFoldBack() throws {
    let sound = WAVSound(rate: 48_000, samples: tone(12_000, rate: 48_000, seconds: 0.5).map(Float.init))
    let samples = try Resampling.captured(sound)
    #expect(samples[1_000..<7_000].allSatisfy { abs(Int($0)) < 50 })
  }

  @Test func anOddRateWorks() throws {
    let sound = WAVSound(rate: 44_101, samples: tone(1_000, rate: 44_101, seconds: 0.5).map(Float.init))
    #expect(abs(frequency(of: try Resampling.captured(sound), rate: 16_000) - 1_000) < 1)
  }

  @Test func floatsBeyondFullScaleAreClampedAndNonNumbersAreSilence() throws {
    let bytes = [Float(2), -3, .nan, .infinity, 0.5].flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }
    let samples = try Resampling.captured(try WAVReader.read(WAVMaker(encoding: .float32).make(data: bytes)))
    #expect(samples == [32_767, -32_768, 0, 0, 16_384])
  }

  /// Found by `tools/fuzz`: the resampler's sums of such numbers are none.
  @Test func floatsWithoutMeasureAreResampled() throws {
    let bytes = (0..<1000).flatMap { index -> [UInt8] in
      let value: Float = index % 3 == 0 ? -.greatestFiniteMagnitude : .greatestFiniteMagnitude
      return (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }
    let sound = try WAVReader.read(WAVMaker(encoding: .float32, rate: 44_100).make(data: bytes))
    #expect(sound.samples.allSatisfy { abs($0) <= 256 })
    #expect(try Resampling.captured(sound).count == 363)
  }

  @Test func oddChunksBeforeTheSoundAreSkippedWithTheirPadding() throws {
    var maker = WAVMaker()
    maker.chunksBefore = [("LIST", [1, 2, 3]), ("junk", []), ("bext", [7])]
    #expect(try WAVReader.read(maker.make([[0.5], [0.25]])).samples.count == 2)
  }

  @Test func theSizeOfAPipeIsReadToTheEnd() throws {
    var maker = WAVMaker()
    maker.sizeOfData = 0xFFFF_FFFF
    #expect(try WAVReader.read(maker.make(data: [0, 0, 1, 0, 9])).samples.count == 2)
  }

  @Test func eachKindOfCorruptionIsNamed() {
    func expect(_ bytes: [UInt8], _ error: WAVError, sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(throws: error, sourceLocation: sourceLocation) { try WAVReader.read(bytes) }
    }
    let good = WAVMaker().make([[0.1], [0.2]])
    expect([], .notWAV)
    expect(Array("RIFF".utf8), .notWAV)
    expect([UInt8](repeating: 0x55, count: 100), .notWAV)
    expect(Array(good[0..<12]), .noFormat)
    expect(Array(good[0..<36]), .noSound)
    expect(Array(good[0..<30]), .truncated(chunk: "fmt ", needs: 16, has: 10))
    expect(Array(good.dropLast()), .truncated(chunk: "data", needs: 4, has: 3))
    expect(WAVMaker().make(data: []), .noSound)
    expect(
      WAVMaker(encoding: .signed24).make(data: [1, 2, 3, 4]),
      .badFormat("its sound of 4 bytes ends in the middle of a frame of 3"))
    expect(Array("RIFFxxxxWAVEdata".utf8) + [4, 0, 0, 0, 1, 2, 3, 4], .noFormat)
    expect(WAVMaker(channels: 0).make(data: [1, 2]), .badFormat("0 channels"))
    expect(WAVMaker(rate: 10).make(data: [1, 2]), .badFormat("10 samples per second"))

    var bad = good
    bad[20] = 85
    expect(bad, .unsupported("format code 85 with 16 bits"))
    bad = good
    bad[34] = 12
    expect(bad, .unsupported("format code 1 with 12 bits"))
    bad = good
    bad[32] = 3
    expect(bad, .badFormat("3 bytes for 1 channels of 16 bits"))
    bad = WAVMaker(isExtensible: true).make([[0.1]])
    bad[20 + 24 + 5] = 0x77
    expect(bad, .unsupported("unknown sub-format"))
    bad = good
    bad[16] = 15
    expect(bad, .truncated(chunk: "fmt ", needs: 16, has: 15))
    var maker = WAVMaker()
    maker.chunksBefore = [("LIST", [UInt8](repeating: 0, count: 8))]
    bad = maker.make([[0.1]])
    bad[19] = 0x40
    expect(bad, .truncated(chunk: "LIST", needs: 0x4000_0008, has: bad.count - 20))
  }

  @Test func explanationsArePlainWords() {
    #expect(
      WAVError.truncated(chunk: "data", needs: 10, has: 4).explanation
        == "its chunk \"data\" should hold 10 bytes but only 4 are there")
    #expect(WAVError.notWAV.explanation == "it is not a WAV file (it does not begin with RIFF and WAVE)")
  }

  @Test func noBytesAtAllCrashTheReader() {
    var random = Random(seed: 3, stream: 0)
    let good = WAVMaker(channels: 2, isExtensible: true).make([[0.1, 0.2], [0.3, 0.4]])
    for _ in 0..<20_000 {
      var bytes = good
      for _ in 0..<(1 + random.next() % 4) {
        bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      bytes.removeLast(Int(random.next() % 8))
      _ = try? WAVReader.read(bytes)
    }
  }

  /// Files of another program's making, where that program is installed.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/sox")))
  func filesMadeBySoxAreRead() throws {
    let folder = try Folder()
    let forms: [(String, [String])] = [
      ("pcm8", ["-b", "8", "-e", "unsigned-integer"]), ("pcm16", ["-b", "16"]), ("pcm24", ["-b", "24"]), ("pcm32", ["-b", "32"]),
      ("float32", ["-b", "32", "-e", "floating-point"]),
    ]
    for (name, form) in forms {
      for (rate, channels) in [(8_000, 1), (44_100, 2), (48_000, 4)] {
        let path = folder.file("\(name)-\(rate)-\(channels).wav")
        let sox = Process()
        sox.executableURL = URL(fileURLWithPath: "/usr/bin/sox")
        sox.arguments =
          ["-n", "-r", "\(rate)", "-c", "\(channels)"] + form + [path, "synth", "0.5", "sine", "440", "vol", "0.5"]
        try sox.run()
        sox.waitUntilExit()
        #expect(sox.terminationStatus == 0)
        let sound = try WAVReader.read([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
        #expect(sound.rate == rate)
        let samples = try Resampling.captured(sound)
        #expect(samples.count == 8_000)
        #expect(abs(frequency(of: Array(samples[500..<7_500]), rate: 16_000) - 440) < 0.3)
      }
    }
  }
}
