import Foundation
import Testing

@testable import Memory

/// A folder that is gone after the test.
final class Scratch {
  let path = NSTemporaryDirectory() + "sotto-memory-\(UUID().uuidString)"
  var database: String { path + "/memory.sqlite" }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// All bytes of the database and its companions.
  func bytes() throws -> Data {
    try FileManager.default.contentsOfDirectory(atPath: path).reduce(into: Data()) { all, name in
      all += FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data()
    }
  }
}

private func fact(_ text: String, subject: String? = nil, device: String = "glasses", at seconds: Double = 0) -> Fact {
  Fact(device: device, text: text, subject: subject, at: Date(timeIntervalSince1970: seconds))
}

private func turn(_ number: UInt32, _ question: String, _ answer: String = "Yes.") -> PastTurn {
  PastTurn(
    device: "glasses", number: number, at: Date(timeIntervalSince1970: 0), question: question, answer: answer, outcome: "answered"
  )
}

@Suite struct Facts {
  let scratch = Scratch()

  @Test func areFoundAgainAfterARestart() async throws {
    do {
      let memory = try Memory(path: scratch.database)
      #expect(try await memory.remember(fact("my locker code is 4417")) == .new)
    }
    let found = try await Memory(path: scratch.database).recall("What did I say about my locker?", device: "glasses")
    #expect(found.map(\.text) == ["my locker code is 4417"])
  }

  @Test func areFoundByOtherFormsOfTheirWords() async throws {
    let memory = try Memory(path: nil)
    _ = try await memory.remember(fact("the lockers are in the cellar"))
    #expect(try await memory.recall("locker", device: "glasses").count == 1)
  }

  @Test func withAllTheWordsComeAloneWhenAskedFor() async throws {
    let memory = try Memory(path: nil)
    _ = try await memory.remember(fact("my locker code is 4417"))
    _ = try await memory.remember(fact("my door code is 99"))
    #expect(try await memory.recall("locker code", device: "glasses").map(\.text) == ["my locker code is 4417"])
    #expect(try await memory.recall("locker code", device: "glasses", matching: .anyWord).count == 2)
  }

  @Test func aboutTheSameSubjectReplaceOneAnother() async throws {
    let memory = try Memory(path: nil)
    _ = try await memory.remember(fact("my locker code is 4417", subject: "my locker code"))
    #expect(
      try await memory.remember(fact("my locker code is 12", subject: "my locker code")) == .replaced("my locker code is 4417"))
    #expect(try await memory.recall("locker", device: "glasses").map(\.text) == ["my locker code is 12"])
    #expect(try await memory.recall("4417", device: "glasses").isEmpty)
  }

  @Test func saidTwiceAreKeptOnce() async throws {
    let memory = try Memory(path: nil)
    _ = try await memory.remember(fact("I parked in row 7"))
    #expect(try await memory.remember(fact("I parked in Row 7")) == .alreadyKnown)
    #expect(try await memory.facts(device: "glasses").count == 1)
  }

  @Test func belongToTheirDevice() async throws {
    let memory = try Memory(path: nil)
    _ = try await memory.remember(fact("my locker code is 4417", device: "others"))
    #expect(try await memory.recall("locker", device: "glasses").isEmpty)
    #expect(try await memory.forget("locker", device: "glasses").isEmpty)
    #expect(try await memory.facts(device: "others").count == 1)
  }

  @Test(arguments: [
    "", "what did I say about it", "\"", "locker\" OR \"x", "AND", "*", "locker*", "NEAR(a b)", "-locker", "text:locker",
  ])
  func queriesAreNeverSyntax(_ query: String) async throws {
    let memory = try Memory(path: nil)
    _ = try await memory.remember(fact("the sky is blue"))
    #expect(try await memory.recall(query, device: "glasses").isEmpty)
    #expect(try await memory.forget(query, device: "glasses").isEmpty)
  }
}

@Suite struct Forgetting {
  let scratch = Scratch()

  @Test func leavesNoBytesInTheFiles() async throws {
    let memory = try Memory(path: scratch.database)
    for number in 0..<50 { _ = try await memory.remember(fact("filler number \(number) about nothing")) }
    _ = try await memory.remember(fact("the safe opens with zanzibar"))
    try await memory.record(
      turn(1, "Remember that the safe opens with zanzibar.", "I will remember that the safe opens with zanzibar."))
    for number in 50..<100 { _ = try await memory.remember(fact("filler number \(number) about nothing")) }
    #expect(try scratch.bytes().range(of: Data("zanzibar".utf8)) != nil)
    #expect(try await memory.forget("the safe", device: "glasses") == ["the safe opens with zanzibar"])
    // The search index stores stems with shared beginnings cut off, so its rest of the word is looked for too.
    for trace in ["zanzibar", "anzibar", "nzibar"] { #expect(try scratch.bytes().range(of: Data(trace.utf8)) == nil) }
    #expect(try await memory.facts(device: "glasses").count == 100)
    #expect(try await memory.turns(device: "glasses", limit: 10).isEmpty)
  }

  @Test func takesOnlyWhatHasAllTheWords() async throws {
    let memory = try Memory(path: nil)
    _ = try await memory.remember(fact("my locker code is 4417"))
    _ = try await memory.remember(fact("my door code is 99"))
    #expect(try await memory.forget("my door code", device: "glasses") == ["my door code is 99"])
    #expect(try await memory.facts(device: "glasses").map(\.text) == ["my locker code is 4417"])
  }

  @Test func oneFactTakesTheTurnsInWhichItWasSaid() async throws {
    let memory = try Memory(path: scratch.database)
    _ = try await memory.remember(fact("the safe opens with zanzibar"))
    _ = try await memory.remember(fact("my door code is 99"))
    let said = try await memory.record(turn(1, "Remember that the safe opens with zanzibar."))
    try await memory.record(turn(2, "What is my door code?", "My door code is 99."))
    let safe = try #require(try await memory.facts().first?.id)
    #expect(try await memory.forget(fact: safe) == .init(facts: 1, turns: 1))
    #expect(try await memory.forget(fact: safe) == nil)
    #expect(try await memory.forget(turn: said) == nil)
    #expect(try await memory.facts().map { $0.text } == ["my door code is 99"])
    #expect(try await memory.turns().map { $0.number } == [2])
    #expect(try scratch.bytes().range(of: Data("anzibar".utf8)) == nil)
  }

  @Test func oneTurnSparesTheFacts() async throws {
    let memory = try Memory(path: nil)
    _ = try await memory.remember(fact("a cat"))
    let first = try await memory.record(turn(1, "cat?"))
    try await memory.record(turn(1, "cat?"))
    #expect(try await memory.forget(turn: first) == .init(facts: 0, turns: 1))
    #expect(try await memory.turns().count == 1)
    #expect(try await memory.facts().count == 1)
  }

  @Test func everythingOfADeviceSparesTheOthers() async throws {
    let memory = try Memory(path: nil)
    _ = try await memory.remember(fact("a cat"))
    _ = try await memory.remember(fact("a dog", device: "others"))
    try await memory.record(turn(1, "cat?"))
    #expect(try await memory.forgetEverything(device: "glasses") == .init(facts: 1, turns: 1))
    #expect(try await memory.forgetEverything(device: "glasses") == .init(facts: 0, turns: 0))
    #expect(try await memory.facts(device: "glasses").isEmpty)
    #expect(try await memory.turns(device: "glasses", limit: 1).isEmpty)
    #expect(try await memory.facts(device: "others").count == 1)
  }
}

@Suite struct Turns {
  @Test func comeNewestFirstWithWhatWasHeard() async throws {
    let memory = try Memory(path: nil)
    try await memory.record(turn(1, "one"))
    let second = try await memory.record(turn(2, "two"))
    try await memory.note(heardMilliseconds: 700, answer: "as heard", turn: second)
    let turns = try await memory.turns(device: "glasses", limit: 5)
    #expect(turns.map(\.question) == ["two", "one"])
    #expect(turns.map(\.heardMilliseconds) == [700, nil])
  }

  /// The glasses number their turns anew in each session.
  @Test func ofTheSameNumberAreToldApart() async throws {
    let memory = try Memory(path: nil)
    let first = try await memory.record(turn(1, "before"))
    let second = try await memory.record(turn(1, "after"))
    try await memory.note(heardMilliseconds: 300, answer: "as heard", turn: second)
    #expect(try await memory.turns(device: "glasses", limit: 5).map(\.heardMilliseconds) == [300, nil])
    try await memory.note(heardMilliseconds: 900, answer: "as heard", turn: first)
    #expect(try await memory.turns().map { $0.heardMilliseconds } == [900, 300])
  }

  @Test func areKeptUpToALimit() async throws {
    let memory = try Memory(path: nil)
    for number in 0..<UInt32(Memory.keptTurns + 5) { try await memory.record(turn(number, "question \(number)")) }
    let turns = try await memory.turns(device: "glasses", limit: Memory.keptTurns + 10)
    #expect(turns.count == Memory.keptTurns)
    #expect(turns.last?.number == 5)
  }
}

@Suite struct Trouble {
  let scratch = Scratch()

  @Test(arguments: [false, true]) func filesAreTheOwnersOnly(_ wasCopiedHere: Bool) async throws {
    if wasCopiedHere {
      _ = try await Memory(path: scratch.database).remember(
        Fact(device: "a", text: "the code is 4417", subject: nil, at: Date(timeIntervalSince1970: 0)))
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: scratch.database)
    }
    let memory = try Memory(path: scratch.database)
    _ = try await memory.facts(device: "a")
    func mode(_ path: String) throws -> Int? {
      (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }
    #expect(try mode(scratch.path) == 0o700)
    for name in try FileManager.default.contentsOfDirectory(atPath: scratch.path) {
      #expect(try mode("\(scratch.path)/\(name)") == 0o600)
    }
  }

  @Test func aFileThatIsNoDatabaseIsCorrupt() throws {
    try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
    try Data(repeating: 0x55, count: 8192).write(to: URL(fileURLWithPath: scratch.database))
    #expect(throws: MemoryFailure.corrupt(path: scratch.database)) { try Memory(path: scratch.database) }
  }

  @Test func aFolderThatCannotBeMadeIsNamed() {
    #expect {
      try Memory(path: "/dev/null/memory.sqlite")
    } throws: { error in
      guard case MemoryFailure.cannotOpen(let path, _) = error else { return false }
      return path == "/dev/null/memory.sqlite"
    }
  }

  @Test func aDatabaseThatAnotherHoldsIsLocked() async throws {
    let memory = try Memory(path: scratch.database, patience: 0.01)
    let other = try Process.sqlite(scratch.database, "BEGIN EXCLUSIVE; SELECT 'held';")
    defer { other.stop() }
    #expect(other.line() == "held")
    await #expect(throws: MemoryFailure.locked) { try await memory.remember(fact("a cat")) }
  }

  @Test(.enabled(if: getuid() == 0, "a full disk is made with a small tmpfs, which needs root"))
  func aFullDiskIsSaidAndLosesNothing() async throws {
    try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
    guard mount("tmpfs", scratch.path, "tmpfs", 0, "size=256k,mode=700") == 0 else {
      try Test.cancel("this machine does not let the test mount a tmpfs")
    }
    defer { umount2(scratch.path, 2) }
    let memory = try Memory(path: scratch.database)
    _ = try await memory.remember(fact("the cat is black"))
    await #expect(throws: MemoryFailure.diskFull) {
      for number in 0..<1000 { _ = try await memory.remember(fact("\(number) " + String(repeating: "long ", count: 200))) }
    }
    #expect(try await memory.recall("cat", device: "glasses").map(\.text) == ["the cat is black"])
  }

  @Test func killingTheProcessLosesNothingThatWasAcknowledged() async throws {
    let child = try Process.tool("sotto-engines", ["remember", scratch.database, "--device", "glasses"])
    var acknowledged: [String] = []
    for number in 0..<40 {
      child.write("fact \(number)\n")
      // The last ones are in flight when the process is killed.
      if number < 30, let line = child.line() { acknowledged.append(line) }
    }
    child.kill()
    #expect(acknowledged.count == 30)
    let kept = try await Memory(path: scratch.database).facts(device: "glasses").map(\.text)
    #expect(Set(acknowledged).isSubset(of: kept))
  }
}
