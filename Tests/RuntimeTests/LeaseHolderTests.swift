import Engagement
import HAL
import Power
import SimBoard
import Testing
import Units

@testable import Runtime
@testable import Wire

@Suite struct LeaseHolderTests {
  /// `PART LEVEL HOLDER`, in the order of the parts.
  private func held(_ glasses: Glasses<SimBoard>) -> [String] {
    (0..<glasses.leaseBook.count).compactMap { place in
      guard let lease = glasses.leaseBook[place] else { return nil }
      var text = TextBuffer()
      text.append(lease.part.name)
      text.append(" ")
      text.append(lease.level)
      text.append(" ")
      text.append(lease.holder)
      return String(decoding: text.bytes, as: UTF8.self)
    }
  }

  @Test func eachLeaseOfATurnHasItsHolder() throws {
    let rig = try Rig { $0.listening.armedWhileWorn = true }
    rig.host.onMessage = answering(1)
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1.2)))
    rig.check(at: 0.9) { #expect(held($0) == ["processor 1 arming", "microphone 1 arming"]) }
    rig.check(at: 1.4) {
      #expect(
        held($0) == [
          "processor 2 turn 1", "microphone 2 turn 1", "display 1 card", "link 2 turn 1", "link 1 parked link",
        ])
      #expect($0.leaseBook[1]?.since == .zero + .milliseconds(1015), "since the press was believed")
    }
    // The answer begins at about 3.6 s.
    rig.check(at: 4.2) {
      #expect(
        held($0) == ["processor 2 turn 1", "microphone 1 turn 1", "speaker 2 turn 1", "display 1 card", "link 1 parked link"])
    }
    rig.check(at: 20) { #expect(held($0) == ["processor 1 arming", "microphone 1 arming", "link 1 parked link"]) }
    rig.run(until: 21)
    // What was taken was given back, by the same holder.
    let taken = rig.marks("lease_taken").map { $0.split(separator: "\"part\"")[1].dropLast(3) }
    let released = rig.marks("lease_released").map { $0.split(separator: "\"part\"")[1].dropLast(3) }
    #expect(taken.map(String.init).sorted() == released.map(String.init).sorted())
    #expect(!taken.isEmpty)
  }

  @Test func aCueOutsideOfATurnHoldsForItself() throws {
    let rig = try Rig()
    rig.host.onMessage = { host, message, now in
      guard case .endOfSpeech(let end) = message else { return }
      host.send([.reminder(Reminder(identifier: 1, afterMilliseconds: 30_000, title: "Tea", body: "Now"))], at: now)
      host.send([.turnEnded(TurnEnded(turn: end.turn))], at: now)
    }
    rig.at(1, .press(.milliseconds(100)))
    rig.at(1.5, .say(try Sound.speech(seconds: 1.2)))
    var during: [String] = []
    for tenth in 0..<50 { rig.check(at: 32 + Double(tenth) / 10) { if $0.answer.isCueSounding { during = self.held($0) } } }
    rig.run(until: 60)
    #expect(during == ["processor 2 cue", "speaker 2 cue", "display 1 card", "link 1 parked link"])
  }

  @Test func pairingHoldsItsLink() throws {
    let rig = try Rig(paired: false, pairing: true)
    rig.at(1, .press(.seconds(4)))
    rig.check(at: 6) { #expect(held($0) == ["processor 2 pairing", "display 1 card", "link 2 pairing"]) }
    rig.run(until: 8)
  }
}
