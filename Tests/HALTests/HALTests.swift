import HAL
import Testing
import Units

@Suite struct FixedNumbersTests {
  // These numbers travel on the wire and stand in traces: they must never change.
  @Test func causesKeepTheirNumbers() {
    let causes: [FailureCause] = [
      .absent, .removed, .busy, .unsupported, .malformed, .timedOut, .forbidden, .full, .io, .refused,
    ]
    #expect(causes.map { $0.rawValue } == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  }

  @Test func partsKeepTheirNumbersAndHaveNamesOfTheirOwn() {
    #expect(Part.allCases.map { $0.rawValue } == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    #expect(Set(Part.allCases.map { "\($0.name)" }).count == Part.allCases.count)
  }

  @Test func linesAndFormatsKeepTheirNumbers() {
    #expect(InputLine.allCases.map { $0.rawValue } == [0, 1, 2])
    #expect(OutputLine.allCases.map { $0.rawValue } == [0, 1])
    #expect(PictureFormat.jpeg.rawValue == 1 && PictureFormat.png.rawValue == 2)
  }
}

@Suite struct DeviceErrorTests {
  private func text(_ error: DeviceError) -> String {
    var buffer = TextBuffer()
    buffer.append(error)
    return String(decoding: buffer.bytes, as: UTF8.self)
  }

  @Test func anErrorReadsAsASentence() {
    #expect(
      text(DeviceError(.microphone, "open", .busy, errno: 16)) == "microphone, open: is in use by something else (error 16)")
    #expect(text(DeviceError(.camera, "take still", .timedOut)) == "camera, take still: did not answer in time")
  }
}

@Suite struct PowerFiguresTests {
  private var figures: PowerFigures {
    var figures = PowerFigures()
    figures.parts = [
      PartPower(part: .camera, levels: [.zero, .milliwatts(40), .milliwatts(90)]),
      PartPower(part: .display, levels: []),
    ]
    return figures
  }

  @Test func levelsAreLookedUpAndClamped() {
    #expect(figures.power(of: .camera, level: 1) == .milliwatts(40))
    #expect(figures.power(of: .camera, level: 9) == .milliwatts(90))
    #expect(figures.power(of: .camera, level: -1) == .zero)
  }

  @Test func whatIsNotDescribedDrawsNothing() {
    #expect(figures.power(of: .display, level: 2) == .zero)
    #expect(figures.power(of: .speaker, level: 1) == .zero)
  }
}
