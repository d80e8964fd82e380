import HAL
import Testing
import Units

@testable import SimBoard

/// ALSA without a sound card: its `null` device takes and gives everything at once. Pace and overruns need a card.
@Suite(.serialized) struct ALSATests {
  private func board(_ name: String) throws -> SimBoard {
    var options = SimBoard.Options()
    options.speaker = .alsa(name)
    options.microphone = .alsa(name)
    return try SimBoard(BoardDescription(), options: options, clock: .real, log: { _ in })
  }

  @Test func aSpeakerIsStartedWrittenDrainedDroppedAndStopped() throws {
    let board = try board("null")
    let speaker = try #require(board.speaker)
    for _ in 0..<2 {
      try speaker.start()
      #expect(name(board.next(before: board.now() + .seconds(1))) == "speakerReady")
      #expect(try speaker.write([Int16](repeating: 1, count: 480)) == 480)
      speaker.drain()
      #expect(name(board.next(before: board.now() + .seconds(1))) == "speakerDrained")
      #expect(speaker.pending == 0)
      #expect(try speaker.write([1]) == 1)
      speaker.drop()
      speaker.stop()
      speaker.stop()
    }
    #expect(speaker.underruns == 0)
    #expect(throws: DeviceError.self) { try speaker.write([1]) }
  }

  @Test func aDeviceThatIsNotThereIsAbsent() throws {
    let board = try board("no-such-device")
    let errors = [
      #expect(throws: DeviceError.self) { try board.speaker?.start() },
      #expect(throws: DeviceError.self) { try board.microphone?.start(period: .milliseconds(20)) },
    ]
    #expect(errors.map { $0?.cause } == [.absent, .absent])
  }

  @Test func aMicrophoneThatCannotBeWaitedForIsRefusedAndClosed() throws {
    let board = try board("null")
    let microphone = try #require(board.microphone)
    for _ in 0..<2 {
      let error = #expect(throws: DeviceError.self) { try microphone.start(period: .milliseconds(20)) }
      #expect("\(error?.operation ?? "")" == "watch")
    }
    microphone.stop()
  }

  @Test func thereIsNoSceneBesideARealMicrophone() throws {
    let folder = try Folder()
    let path = try folder.write(WAVMaker().make([[0.1]]), to: "a.wav")
    let notes = Rig.Notes()
    var options = SimBoard.Options()
    options.microphone = .alsa("null")
    let board = try SimBoard(BoardDescription(), options: options, clock: .real, log: { notes.logs.append($0) })
    board.apply(.say(path))
    #expect(notes.logs == ["say \(path): microphone, say: cannot do that"])
  }
}
