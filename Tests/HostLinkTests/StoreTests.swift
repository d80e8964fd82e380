import Foundation
import Testing
import Units
import Wire

@testable import HostLink

/// What the host keeps, what it prints, and where it listens.
@Suite struct StoreTests {
  @Test func theIdentityAndTheDevicesSurviveARestart() throws {
    let directory = try TemporaryDirectory()
    let store = try HostStore(directory: directory.path)
    let glasses = try #require(Identity.create()).fingerprint
    let device = PairedDevice(name: "glasses", fingerprint: glasses, paired: Date(timeIntervalSince1970: 1_767_268_800))
    try store.add(device)
    let again = try HostStore(directory: directory.path)
    #expect(again.identity.fingerprint == store.identity.fingerprint)
    #expect(again.devices() == [device])
    #expect(try again.remove(glasses))
    #expect(try !again.remove(glasses))
    #expect(store.device(glasses) == nil, "another process's forget counts at once")
  }

  @Test func filesAreForTheirOwnerOnly() throws {
    let directory = try TemporaryDirectory()
    let store = try HostStore(directory: directory.path + "/state")
    try store.add(PairedDevice(name: "glasses", fingerprint: store.identity.fingerprint, paired: Date()))
    #expect(try mode(store.directory) == 0o700)
    #expect(try mode(store.directory + "/devices") == 0o700)
    #expect(try mode(store.directory + "/identity") == 0o600)
    #expect(try mode(store.directory + "/devices/\(store.identity.fingerprint.hex).json") == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: store.directory).sorted() == ["devices", "identity"])
  }

  /// Two hosts that begin in an empty directory at once have one key: the second would make the first's pairing worthless.
  @Test func firstStartsAtOnceAgreeOnOneIdentity() async throws {
    let directory = try TemporaryDirectory()
    let fingerprints = try await withThrowingTaskGroup(of: Fingerprint.self) { group in
      for _ in 0..<8 { group.addTask { try HostStore(directory: directory.path).identity.fingerprint } }
      return try await group.reduce(into: Set<Fingerprint>()) { $0.insert($1) }
    }
    #expect(fingerprints.count == 1)
  }

  @Test func whatComesFromElsewhereDoesNotDriveTheTerminal() {
    #expect(
      "\u{1B}]0;x\u{7}a\nb\u{9B}c\u{202E}d\u{2028}e\u{200B}f".printable
        == "\u{FFFD}]0;x\u{FFFD}a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\u{FFFD}f")
    #expect("Jörgs Brille 👩‍💻 ⠟".printable == "Jörgs Brille 👩‍💻 ⠟")
  }

  @Test(arguments: [("/identity", 0o640), ("/identity", 0o604), ("", 0o750), ("/devices", 0o702)])
  func whatOthersMayReadIsRefused(_ path: String, _ mode: Int) throws {
    let directory = try TemporaryDirectory()
    let store = try HostStore(directory: directory.path + "/state")
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: store.directory + path)
    let failure = #expect(throws: HostFailure.self) { try HostStore(directory: store.directory) }
    #expect(failure?.description.contains("others may read or write \(store.directory)\(path)") == true)
  }

  @Test func aBrokenIdentityIsNotReplaced() throws {
    let directory = try TemporaryDirectory()
    let store = try HostStore(directory: directory.path)
    let path = store.directory + "/identity"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[20] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
    let failure = #expect(throws: HostFailure.self) { try HostStore(directory: store.directory) }
    #expect(failure?.description == "\(path) cannot be used: the record is damaged. Remove it and pair every device again")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
  }

  @Test func aBrokenDeviceIsReportedAndNotServed() throws {
    let directory = try TemporaryDirectory()
    let store = try HostStore(directory: directory.path)
    let path = store.directory + "/devices/\(store.identity.fingerprint.hex).json"
    try Data("{".utf8).write(to: URL(fileURLWithPath: path))
    #expect(store.devices().isEmpty)
    #expect(store.device(store.identity.fingerprint) == nil)
    #expect(store.problems().count == 1)
  }

  @Test func addressesAreParsed() throws {
    #expect(try ListenAddress(parsing: "127.0.0.1:7437") == ListenAddress(host: "127.0.0.1", port: 7437))
    #expect(try ListenAddress(parsing: "[::1]:0") == ListenAddress(host: "::1", port: 0))
    #expect("\(ListenAddress(host: "::1", port: 9))" == "[::1]:9")
    for wrong in ["", "7437", "host", "host:", ":7437", "::1:7437", "host:65536", "host:-1"] {
      #expect(throws: HostFailure.self, "\(wrong)") { try ListenAddress(parsing: wrong) }
    }
  }

  @Test func pairingEventsSurviveTheControlSocket() throws {
    let fingerprint = try #require(Identity.create()).fingerprint
    let events: [PairingProgress] = [
      .opened(seconds: 120, attempts: 3), .digits("012345", device: "a \"quoted\" name"), .failed("no"),
      .paired(device: "glasses", fingerprint: fingerprint), .closed(.timeOver), .closed(.noAttemptsLeft), .closed(.digitsDiffer),
      .closed(.closed("the host is shutting down")),
    ]
    for event in events {
      let line = EventLine(event).json
      #expect(!line.contains("\n"))
      #expect(EventLine(json: Array(line.utf8))?.pairing == event)
    }
    for request in [
      ControlRequest.pair(seconds: 60), .answer(same: true, digits: "012345"), .answer(same: false, digits: "012345"),
      .devicesChanged,
    ] {
      #expect(ControlRequest(json: Array(request.json.utf8)) == request)
    }
    for seconds in ["0", "121", "9223372036854775807"] {
      #expect(ControlRequest(json: Array("{\"ask\":\"pair\",\"seconds\":\(seconds)}".utf8)) == nil)
    }
    #expect(ControlRequest(json: Array(#"{"ask":"answer","same":true}"#.utf8)) == nil, "a yes to nothing in particular")
    #expect(ControlRequest(json: Array("nonsense".utf8)) == nil)
  }

  @Test func theTraceHasASpanForEachStage() throws {
    var spans = TurnSpans(device: "glasses")
    let stages: [(TurnStage, Int64)] = [
      (.began, 0), (.endOfSpeech, 1000), (.transcript, 1200), (.firstSentence, 1250), (.firstSpeech, 1400),
      (.ended(.answered), 2000),
    ]
    let written = stages.flatMap { stage, at in spans.handle(1, stage, at: Instant.zero + .milliseconds(at)) }
    #expect(written.map { "\($0.name)" } == ["listening", "recogniser", "language", "speech", "turn"])
    #expect(written.map { ($0.to - $0.from).milliseconds } == [1000, 200, 50, 150, 2000])

    let directory = try TemporaryDirectory()
    let path = directory.path + "/trace.json"
    try HostTrace(path: path).write(written)
    #expect(try mode(path) == 0o600)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let lines = text.split(separator: "\n")
    #expect(lines.first == "[")
    #expect(
      lines.last
        == #"{"name":"turn","cat":"host","ph":"X","ts":0.000,"dur":2000000.000,"pid":2,"tid":2,"args":{"turn":1,"device":"glasses","outcome":"answered"}},"#
    )
    // Readers close the array themselves.
    let closed = Data((text.trimmingCharacters(in: .whitespacesAndNewlines).dropLast() + "]").utf8)
    #expect((try JSONSerialization.jsonObject(with: closed) as? [Any])?.count == 6)
  }

  private func mode(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }
}
