import Assistant
import Foundation
import Synchronization
import Testing
import Wyoming

@testable import Satellite

/// What a turn said, in a short form.
private final class Said: Sendable {
  private let all = Mutex<[String]>([])
  var lines: [String] { all.withLock { $0 } }
  var emit: @Sendable (TurnOutput) async -> Void {
    { output in
      let line: String? =
        switch output {
        case .transcript(let text, let isFinal): "\(isFinal ? "final" : "partial") \(text)"
        case .answer(let text): "answer \(text)"
        case .speech(let samples): samples.isEmpty ? nil : "speech"
        case .card(_, let body): "card \(body)"
        case .ended(let end): "ended \(end)"
        case .soundsFinished: "finished"
        case .wantPicture, .reminder, .times: nil
        }
      guard let line else { return }
      self.all.withLock { lines in if line != "speech" || lines.last != "speech" { lines.append(line) } }
    }
  }
}

/// The host's own assistant.
private struct Own: TurnHandling {
  func handle(_ input: TurnInput, emit: @escaping @Sendable (TurnOutput) async -> Void) async {
    if case .endOfSpeech = input { await emit(.ended(.failed("own"))) }
    if case .text(let text) = input { await emit(.answer(text)) }
  }
}

/// A smart home as a Wyoming client, and what it received.
private final class Home: Sendable {
  private let log = Mutex<[WyomingMessage]>([])
  var received: [WyomingMessage] { log.withLock { $0 } }

  /// Connects, and answers each message with others while `body` runs.
  func run(
    _ address: WyomingAddress, _ answers: @escaping @Sendable (WyomingMessage) -> [WyomingMessage],
    body: @escaping @Sendable () async throws -> Void
  ) async throws {
    try await WyomingConnection.with(address, timeout: .seconds(5)) { connection in
      try await connection.send(.runSatellite)
      try await connection.send(.ping("ready"))
      let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for try await message in connection.incoming {
            // The pong shows that what was sent before it has been taken.
            if message == .pong("ready") {
              isReady.finish()
              continue
            }
            self.log.withLock { $0.append(message) }
            for answer in answers(message) { try await connection.send(answer) }
          }
        }
        for await _ in ready {}
        defer { group.cancelAll() }
        try await body()
      }
    }
  }
}

private let format = SoundFormat(rate: 22_050)
private let chunk = WyomingMessage.audioChunk(format, [UInt8](repeating: 1, count: 4410))
private let context = TurnContext(deviceIdentifier: "ab12", deviceName: "Ada's glasses", turn: 1)
private let sound = [Int16](repeating: 5, count: 320)

/// A hub that presents one pair of glasses on a free port.
private func withHub(_ body: @Sendable (SatelliteHub, WyomingAddress) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("satellite-\(UUID())").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let hub = SatelliteHub(host: "127.0.0.1", port: 0, directory: folder, version: "1", announces: false) { _ in }
  await hub.present([SatelliteHub.Glasses(fingerprint: "ab12", name: "Ada's glasses")])
  let address = try #require(WyomingAddress(await hub.addresses["ab12"] ?? ""))
  try await body(hub, address)
  await hub.stop()
}

@Suite struct Satellites {
  @Test func aSmartHomeLearnsWhatItIs() async throws {
    try await withHub { _, address in
      let answer = try await WyomingConnection.with(address, timeout: .seconds(5)) { connection in
        var incoming = connection.incoming.makeAsyncIterator()
        try await connection.send(.describe)
        return try await incoming.next()
      }
      guard case .info(let info)? = answer else {
        Issue.record("no info came")
        return
      }
      #expect(info.satellite?.name == "Ada's glasses" && info.satellite?.hasVoiceDetection == true)
    }
  }

  @Test func aTurnIsAnsweredByTheSmartHome() async throws {
    try await withHub { hub, address in
      let home = Home()
      let said = Said()
      try await home.run(address) { message in
        guard message == .audioStop else { return [] }
        return [
          .transcript("turn on the light"), .synthesize("The light is on.", voice: nil), .audioStart(format), chunk, chunk,
          .audioStop,
        ]
      } body: {
        let turn = hub.turn(context, own: Own())
        for _ in 0..<3 { await turn.handle(.audio(sound), emit: said.emit) }
        await turn.handle(.endOfSpeech, emit: said.emit)
      }
      #expect(
        said.lines == ["final turn on the light", "card The light is on.", "answer The light is on.", "speech", "ended answered"])
      #expect(home.received.first == .runPipeline(WyomingPipeline(from: .asr, to: .tts)))
      #expect(home.received.filter { $0 == .audioChunk(SoundFormat(rate: 16_000), SoundFormat.bytes(sound)) }.count == 3)
    }
  }

  @Test func aSmartHomeThatHearsTheEndFirstIsBelieved() async throws {
    try await withHub { hub, address in
      let home = Home()
      let said = Said()
      try await home.run(address) { message in
        guard case .audioChunk = message else { return [] }
        return [.voiceStopped, .transcript("stop"), .synthesize("Okay.", voice: nil), .audioStop]
      } body: {
        let turn = hub.turn(context, own: Own())
        await turn.handle(.audio(sound), emit: said.emit)
        await turn.handle(.endOfSpeech, emit: said.emit)
      }
      #expect(said.lines == ["finished", "final stop", "card Okay.", "answer Okay.", "ended answered"])
    }
  }

  @Test(arguments: [
    (WyomingMessage.error("No text recognized", code: "stt-no-text-recognized"), "ended nothingHeard"),
    (.error("No pipeline", code: "pipeline-not-found"), "ended failed(\"The smart home failed: No pipeline.\")"),
    (.transcript("…"), "ended nothingHeard"),
  ])
  func whatGoesWrongThereIsSaid(_ answer: WyomingMessage, _ line: String) async throws {
    try await withHub { hub, address in
      let said = Said()
      try await Home().run(address) {
        $0 == .audioStop ? [answer] : []
      } body: {
        let turn = hub.turn(context, own: Own())
        await turn.handle(.audio(sound), emit: said.emit)
        await turn.handle(.endOfSpeech, emit: said.emit)
      }
      #expect(said.lines == [line])
    }
  }

  @Test func aSmartHomeThatLeavesInTheMiddleEndsTheTurn() async throws {
    try await withHub { hub, address in
      let said = Said()
      let turn = hub.turn(context, own: Own())
      try await Home().run(address) { _ in
        []
      } body: {
        await turn.handle(.audio(sound), emit: said.emit)
      }
      await turn.handle(.endOfSpeech, emit: said.emit)
      #expect(said.lines.count == 1 && said.lines[0].hasPrefix("ended failed(\"The smart home failed: "))
    }
  }

  @Test func whileItIsAwayAndForTypedQuestionsTheHostAnswers() async throws {
    try await withHub { hub, address in
      let said = Said()
      let alone = hub.turn(context, own: Own())
      await alone.handle(.audio(sound), emit: said.emit)
      await alone.handle(.endOfSpeech, emit: said.emit)
      #expect(said.lines == ["ended failed(\"own\")"])
      let home = Home()
      try await home.run(address) { _ in
        []
      } body: {
        await hub.turn(context, own: Own()).handle(.text("typed"), emit: said.emit)
      }
      #expect(said.lines.last == "answer typed")
      #expect(home.received.isEmpty)
    }
  }

  @Test func whatComesOfACancelledRunIsNotTheNextOnesAnswer() async throws {
    try await withHub { hub, address in
      let said = Said()
      let next = Said()
      try await Home().run(address) { _ in
        []
      } body: {
        let turn = hub.turn(context, own: Own())
        await turn.handle(.audio(sound), emit: said.emit)
        await turn.handle(.cancel(heardMilliseconds: 0), emit: said.emit)
        // The smart home still works on the first: the host itself answers the second.
        let second = hub.turn(context, own: Own())
        await second.handle(.audio(sound), emit: next.emit)
        await second.handle(.endOfSpeech, emit: next.emit)
      }
      #expect(said.lines == ["ended cancelled"])
      #expect(next.lines == ["ended failed(\"own\")"])
    }
  }

  @Test func anInboxIsBounded() async throws {
    let inbox = SatelliteInbox()
    let large = WyomingMessage.audioChunk(format, [UInt8](repeating: 0, count: 1024 * 1024))
    var taken = 0
    while inbox.offer(large) { taken += 1 }
    #expect(taken == 7)
  }

  @Test func aPairKeepsItsPort() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("places-\(UUID()).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let places = SatellitePlaces(path: path)
    #expect(try ["a", "b", "a", "c", "b"].map { try places.place(of: $0) } == [0, 1, 0, 2, 1])
    try Data("x".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: WyomingFailure.self) { try places.place(of: "a") }
  }
}
