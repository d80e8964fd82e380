import CAllocationCount
import Engagement
import Foundation
import HAL
import Testing
import Units

@testable import Runtime

/// A client of the control port of `PlainRig`.
private struct Client {
  let rig: PlainRig
  let place: Int

  init(_ rig: PlainRig, _ place: Int = 0, process: Int32 = 4711) {
    self.rig = rig
    self.place = place
    rig.happen(.control(.opened(place, process: process)))
  }

  /// Says something, in pieces if it is long, and gives what came back.
  @discardableResult
  func say(_ text: String) -> [String] {
    rig.board.control?.sent[place] += Array(text.utf8)
    while !(rig.board.control?.sent[place].isEmpty ?? true) { rig.happen(.control(.readable(place))) }
    return rig.board.control?.takeLines(of: place) ?? []
  }

  /// The same as objects.
  @discardableResult
  func ask(_ text: String) -> [[String: Any]] {
    say(text + "\n").compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
  }

  func end() { rig.happen(.control(.ended(place))) }
}

@Suite struct ControlTests {
  private func error(_ reply: [[String: Any]]) -> String? { reply.last?["error"] as? String }
  private func isDone(_ reply: [[String: Any]]) -> Bool { reply.last?["ok"] as? Bool == true }
  private func speaker(_ rig: PlainRig) -> Int { rig.glasses.conductor.broker.level(of: .speaker) }

  @Test func statusSaysHowTheGlassesAre() throws {
    let rig = try PlainRig()
    let reply = Client(rig).ask("status")
    #expect(reply.count == 2)
    #expect(reply[0]["state"] as? String == "dormant")
    #expect(reply[0]["worn"] as? Bool == true)
    #expect(reply[0]["paired"] as? Bool == true)
    #expect(isDone(reply))
  }

  @Test func aLeaseIsHeldUntilItIsReleased() throws {
    let rig = try PlainRig()
    let client = Client(rig)
    #expect(isDone(client.ask("lease speaker 1")))
    #expect(speaker(rig) == 1)
    let held = client.ask("explain").first { $0["holder"] != nil }
    #expect(held?["holder"] as? String == "control client 1 (process 4711)")
    #expect(held?["part"] as? String == "speaker")
    #expect(isDone(client.ask("release speaker")))
    #expect(speaker(rig) == 0)
    #expect(error(client.ask("release speaker")) == "not_held")
    #expect(rig.glasses.conductor.broker.leaseCount == 0)
  }

  @Test func leasesEndWithTheirConnection() throws {
    let rig = try PlainRig()
    let one = Client(rig, 0)
    let other = Client(rig, 1, process: 4712)
    #expect(isDone(one.ask("lease speaker 1")))
    #expect(isDone(other.ask("lease speaker 1")))
    #expect(isDone(other.ask("lease processor 2")))
    other.end()
    #expect(rig.board.control?.closed == [1])
    #expect(speaker(rig) == 1, "the other client's")
    #expect(rig.glasses.conductor.broker.level(of: .processor) == 0)
    one.end()
    #expect(speaker(rig) == 0)
    #expect(rig.glasses.conductor.broker.leaseCount == 0)
    #expect((0..<rig.glasses.leaseBook.count).allSatisfy { rig.glasses.leaseBook[$0] == nil })
    // The place is another client's afterwards, who holds nothing.
    let next = Client(rig, 1)
    #expect(error(next.ask("release processor")) == "not_held")
  }

  @Test(arguments: ["camera", "microphone", "indicator", "display", "link", "pins"])
  func nobodyLeasesWhatCaptures(part: String) throws {
    let rig = try PlainRig()
    let client = Client(rig)
    for level in 1...3 { #expect(error(client.ask("lease \(part) \(level)")) == "not_leasable") }
    #expect(rig.glasses.conductor.broker.leaseCount == 0)
    #expect(rig.board.journal.entries.isEmpty, "no part was touched")
  }

  /// A turn that ends while a client holds the speaker leaves the client its lease.
  @Test func aTurnAndAClientHoldTheSamePart() throws {
    let rig = try PlainRig()
    let client = Client(rig)
    #expect(isDone(client.ask("lease speaker 1")))
    rig.press()
    rig.connect()
    #expect(rig.glasses.state == .engaged)
    rig.hear(.seconds(7))
    rig.wait(.seconds(60))
    #expect(rig.glasses.state == .dormant)
    #expect(speaker(rig) == 1)
    client.end()
    #expect(speaker(rig) == 0)
  }

  @Test func aPartThatFailsIsLostByItsHolders() throws {
    let rig = try PlainRig()
    let client = Client(rig)
    #expect(isDone(client.ask("lease speaker 1")))
    rig.happen(.deviceFailed(DeviceError(.speaker, "write", .io)))
    let lines = rig.board.control?.takeLines(of: 0) ?? []
    #expect(lines.contains { $0.contains("\"event\":\"lease_lost\"") && $0.contains("\"part\":\"speaker\"") })
    #expect(rig.glasses.conductor.broker.leaseCount == 0)
    #expect(!rig.glasses.conductor.broker.hasFailed(.speaker), "what nobody needs can be tried anew")
    #expect(isDone(client.ask("lease speaker 1")))
    #expect(speaker(rig) == 1)
  }

  @Test func aSpeakerThatIsNotThereIsRefused() throws {
    let rig = try PlainRig(without: [.speaker])
    #expect(error(Client(rig).ask("lease speaker 1")) == "absent")
  }

  @Test func whoeverFollowsIsToldWhatHappens() throws {
    let rig = try PlainRig { $0.power.parts = [PartPower(part: .microphone, levels: [.zero, .milliwatts(1), .milliwatts(2)])] }
    let client = Client(rig)
    #expect(isDone(client.ask("follow")))
    rig.press()
    let lines = rig.board.control?.takeLines(of: 0) ?? []
    #expect(lines.contains { $0.contains("\"event\":\"state\"") && $0.contains("\"state\":\"engaged\"") })
    #expect(lines.contains { $0.contains("\"event\":\"lease_taken\"") && $0.contains("\"holder\":\"turn 1\"") })
    #expect(lines.contains { $0.contains("\"event\":\"part_level\"") && $0.contains("\"mw\":2.000") })
    #expect(lines.allSatisfy { (try? JSONSerialization.jsonObject(with: Data($0.utf8))) != nil })
  }

  @Test func aFollowerThatDoesNotReadIsDropped() throws {
    let rig = try PlainRig()
    let client = Client(rig)
    #expect(isDone(client.ask("lease speaker 1")))
    #expect(isDone(client.ask("follow")))
    rig.board.control?.deaf = [0]
    let other = Client(rig, 1)
    var turns = 0
    while rig.board.control?.closed.isEmpty ?? false, turns < 1_000 {
      other.ask("lease processor 1")
      other.ask("release")
      turns += 1
    }
    #expect(rig.board.control?.closed == [0])
    #expect(turns > 50, "a while it is waited for")
    #expect(speaker(rig) == 0, "it holds nothing any more")
    #expect(isDone(other.ask("status")))
  }

  // MARK: Bad lines

  @Test(
    arguments: [
      ("", nil), ("\r", nil), ("nonsense", "unknown"), ("status now", "unknown"), ("lease", "unknown"),
      ("lease speaker", "unknown"),
      ("lease toaster 1", "unknown_part"), ("lease speaker 0", "level"), ("lease speaker 2", "level"),
      ("lease speaker -1", "level"),
      ("lease speaker 11", "level"), ("lease speaker :", "level"), ("lease processor 3", "level"),
      ("release toaster", "unknown_part"),
      ("lease speaker 1 please now or never", "unknown"), ("STATUS", "unknown"), ("st\u{0}atus", "not_text"),
      ("état", "not_text"),
      (String(repeating: "a", count: 129), "too_long"), (String(repeating: "status ", count: 40_000), "too_long"),
      ("   ", "unknown"), ("status\t", "not_text"),
    ] as [(String, String?)])
  func aBadLineIsRefusedAndTheNextOneWorks(line: String, code: String?) throws {
    let rig = try PlainRig()
    let client = Client(rig)
    let reply = client.ask(line)
    #expect(reply.count == (code == nil ? 0 : 1))
    #expect(error(reply) == code)
    if code != nil { #expect((reply.last?["text"] as? String)?.isEmpty == false) }
    #expect(isDone(client.ask("status")))
    #expect(rig.glasses.conductor.broker.leaseCount == 0)
  }

  @Test func aLongestLineIsTaken() throws {
    let rig = try PlainRig()
    #expect(isDone(Client(rig).ask("status" + String(repeating: " ", count: 122))))
  }

  /// Bytes at random, and requests with bytes changed, in pieces of any size: the glasses stay well, and what is leased is told truly.
  @Test func noiseDoesNoHarm() throws {
    let rig = try PlainRig()
    var random = SplitMix(state: 7)
    let requests = [
      "status\n", "explain\n", "lease speaker 1\n", "lease processor 2\n", "release\n", "follow\n", "release speaker\n",
    ]
    var clients = (0..<ControlPlaces.count).map { Client(rig, $0, process: Int32($0)) }
    for round in 0..<2_000 {
      let place = Int(random.next() % UInt64(ControlPlaces.count))
      var bytes = Array(requests[Int(random.next() % UInt64(requests.count))].utf8)
      switch random.next() % 4 {
      case 0: bytes = (0..<Int(random.next() % 300)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      case 1: bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      case 2: bytes.removeLast(Int(random.next() % UInt64(bytes.count)))
      default: break
      }
      rig.board.control?.sent[place] += bytes
      rig.happen(.control(.readable(place)))
      if random.next() % 50 == 0 {
        clients[place].end()
        rig.board.control?.sent[place] = []
        clients[place] = Client(rig, place, process: Int32(round))
      }
      for line in rig.board.control?.takeLines(of: place) ?? [] {
        #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(line)")
      }
      let held = (0..<rig.glasses.leaseBook.count).compactMap { rig.glasses.leaseBook[$0] }
      #expect(speaker(rig) == (held.contains { $0.part == .speaker } ? 1 : 0))
      #expect(held.allSatisfy { $0.part == .speaker || $0.part == .processor })
    }
    for client in clients { client.end() }
    #expect(rig.glasses.conductor.broker.leaseCount == 0)
    #expect(rig.glasses.deadline == nil, "nothing of it wants a timer")
  }

  /// With clients that say nothing, what happens allocates nothing.
  @Test func silentClientsCostNothing() throws {
    let rig = try PlainRig { $0.listening.armedWhileWorn = true }
    let client = Client(rig)
    #expect(isDone(client.ask("lease processor 2")))
    for _ in 0..<50 { rig.hear(.milliseconds(20)) }
    let before = sotto_allocations()
    for _ in 0..<500 { rig.hear(.milliseconds(20)) }
    #expect(sotto_allocations() == before)
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014): numbers that look random and are the same every time.
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
