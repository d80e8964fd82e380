import Testing
import Units

@testable import Wire

@Suite struct FrameJournalTests {
  private func sound(_ sequence: UInt32, bytes: Int = 40) -> DeviceMessage {
    .audio(AudioPacket(turn: 1, sequence: sequence, opus: [UInt8](repeating: UInt8(truncatingIfNeeded: sequence), count: bytes)))
  }

  /// What the journal would send now, decoded.
  private func unsent(_ journal: inout FrameJournal, taken: Bool = true) throws -> [DeviceMessage] {
    var bytes: [UInt8] = []
    journal.takeUnsent { span in
      for index in span.indices { bytes.append(span[index]) }
      return taken
    }
    var reader = FrameReader()
    var offset = 0
    var messages: [DeviceMessage] = []
    while try reader.read(bytes.span, from: &offset) { messages.append(try DeviceMessage.decode(reader.body)) }
    #expect(reader.isBetweenFrames)
    return messages
  }

  @Test func sendsOnceAndAgainFromWhatHasArrived() throws {
    var journal = FrameJournal()
    for sequence in 0..<5 { journal.append(sound(UInt32(sequence))) }
    #expect(try unsent(&journal) == (0..<5).map { sound(UInt32($0)) })
    #expect(try unsent(&journal).isEmpty)
    let acknowledged = journal.acknowledge(2)
    #expect(acknowledged)
    journal.append(.endOfSpeech(EndOfSpeech(turn: 1)))
    journal.rewind()
    #expect(try unsent(&journal) == (2..<5).map { sound(UInt32($0)) } + [.endOfSpeech(EndOfSpeech(turn: 1))])
  }

  @Test func whatTheTransportDidNotTakeIsStillThere() throws {
    var journal = FrameJournal()
    journal.append(sound(0))
    #expect(try unsent(&journal, taken: false).count == 1)
    #expect(journal.sent == 0)
    #expect(try unsent(&journal) == [sound(0)])
  }

  @Test func aPeerThatClaimsTooMuchIsNotBelieved() throws {
    var journal = FrameJournal()
    journal.append(sound(0))
    let early = journal.acknowledge(1)
    #expect(!early, "it was not sent yet")
    _ = try unsent(&journal)
    let tooMany = journal.acknowledge(2)
    #expect(!tooMany)
    let right = journal.acknowledge(1)
    #expect(right)
    let less = journal.acknowledge(0)
    #expect(!less)
  }

  @Test func aNewSessionCountsAnew() throws {
    var journal = FrameJournal()
    journal.append(sound(0))
    _ = try unsent(&journal)
    _ = journal.acknowledge(1)
    journal.clear()
    journal.append(sound(1))
    journal.append(sound(2))
    _ = try unsent(&journal)
    journal.restart()
    #expect(journal.base == 0 && journal.sent == 0 && journal.end == 2)
    #expect(try unsent(&journal) == [sound(1), sound(2)])
    let both = journal.acknowledge(2)
    #expect(both)
  }

  @Test func keepsWithinItsLimitAndSaysSo() {
    var journal = FrameJournal()
    let many = FrameJournal.limit / 1000 + 2
    for sequence in 0..<many { journal.append(sound(UInt32(sequence), bytes: 1000)) }
    #expect(journal.hasOverflowed)
    #expect(journal.end < UInt32(many))
  }

  /// A host that does not acknowledge is spoken to all the same; only coming back is not possible any more.
  @Test func whatWasSentGivesWay() throws {
    var journal = FrameJournal()
    let many = FrameJournal.limit / 1000 * 2
    for sequence in 0..<many {
      journal.append(sound(UInt32(sequence), bytes: 1000))
      #expect(try unsent(&journal) == [sound(UInt32(sequence), bytes: 1000)])
    }
    #expect(!journal.hasOverflowed)
    let early = journal.acknowledge(1)
    #expect(!early)
    let late = journal.acknowledge(UInt32(many))
    #expect(late)
  }

  /// Random appends, sends, acknowledgements and new connections: a peer that takes what it is sent from its count on sees everything once.
  @Test(arguments: 0..<50) func everythingArrivesOnce(_ seed: UInt64) throws {
    var random = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    func next(_ bound: UInt64) -> UInt64 {
      random ^= random << 13
      random ^= random >> 7
      random ^= random << 17
      return random % bound
    }
    var journal = FrameJournal()
    var appended: [DeviceMessage] = []
    var arrived: [DeviceMessage] = []
    for _ in 0..<400 {
      switch next(8) {
      case 0...3:
        let message = sound(UInt32(appended.count), bytes: Int(next(90)) + 1)
        appended.append(message)
        journal.append(message)
      case 4...5:
        let before = Int(journal.sent)
        let messages = try unsent(&journal)
        // The connection may break anywhere in it.
        let got = next(3) == 0 ? Int(next(UInt64(messages.count + 1))) : messages.count
        if before == arrived.count { arrived += messages.prefix(got) }
        if got < messages.count || before != arrived.count - got {
          // Broken: the peer tells on the next connection how many it has.
          let believed = journal.acknowledge(UInt32(arrived.count))
          #expect(believed)
          journal.rewind()
        }
      case 6:
        let believed = journal.acknowledge(UInt32(arrived.count))
        #expect(believed)
      default:
        let believed = journal.acknowledge(UInt32(arrived.count))
        #expect(believed)
        journal.rewind()
      }
    }
    _ = journal.acknowledge(UInt32(arrived.count))
    journal.rewind()
    arrived += try unsent(&journal)
    #expect(arrived == appended)
  }
}
