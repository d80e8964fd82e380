import NIOCore
import Testing

@testable import Wyoming

@Suite struct Codec {
  private func buffer(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

  private func decodeAll(_ buffer: inout ByteBuffer, _ limits: WyomingLimits = WyomingLimits()) throws -> [WyomingEvent] {
    var decoder = WyomingDecoder(limits: limits)
    var events: [WyomingEvent] = []
    while let event = try decoder.decode(buffer: &buffer) { events.append(event) }
    return events
  }

  @Test func readsWhatTheProtocolsOwnLibraryWrites() throws {
    // As `wyoming` 1.10 writes it.
    var bytes = buffer(
      "{\"type\": \"audio-chunk\", \"version\": \"1.10.2\", \"data_length\": 58, \"payload_length\": 4}\n"
        + "{\"rate\": 16000, \"width\": 2, \"channels\": 1, \"timestamp\": 0}")
    bytes.writeBytes([1, 0, 0xFF, 0xFF])
    bytes.writeString("{\"type\": \"describe\", \"version\": \"1.10.2\"}\n")
    let events = try decodeAll(&bytes)
    #expect(
      try events.map { try WyomingMessage($0) } == [.audioChunk(SoundFormat(rate: 16_000), [1, 0, 0xFF, 0xFF]), .describe])
    #expect(bytes.readableBytes == 0)
  }

  @Test func takesDataInsideTheHeaderAndMergesItWithWhatFollows() throws {
    var bytes = buffer(
      "{\"type\":\"transcript\",\"data\":{\"text\":\"old\",\"language\":\"en\"},\"data_length\":14}\n{\"text\":\"new\"}")
    #expect(try decodeAll(&bytes).map { try WyomingMessage($0) } == [.transcript("new")])
    var inline = buffer("{\"type\":\"transcript\",\"data\":{\"text\":\"ten\"}}\n")
    #expect(try decodeAll(&inline).map { try WyomingMessage($0) } == [.transcript("ten")])
  }

  @Test func whatIsWrittenReadsBackByteByByte() throws {
    let sent: [WyomingMessage] = [
      .describe, .ping("a\"b\nc"), .transcribe(language: "en", model: nil), .audioStart(SoundFormat(rate: 22_050)),
      .audioChunk(SoundFormat(rate: 22_050), Array(0...255)), .audioStop, .transcript("naïve – “quoted” 🙂"),
      .synthesize("hello", voice: "amy"), .runPipeline(WyomingPipeline(from: .asr, to: .tts)), .detect(["nabu"]), .handled(nil),
      .intent(name: "TurnOn", text: "On."), .timerFinished(id: "7"), .other("something-new"),
    ]
    var all = ByteBuffer()
    for message in sent { WyomingEncoder().encode(data: message.event, out: &all) }
    var decoder = WyomingDecoder()
    var arrived = ByteBuffer()
    var read: [WyomingMessage] = []
    while let byte = all.readBytes(length: 1) {
      arrived.writeBytes(byte)
      while let event = try decoder.decode(buffer: &arrived) { read.append(try WyomingMessage(event)) }
    }
    #expect(read == sent)
  }

  @Test(arguments: [
    "{\"type\":\"audio-chunk\",\"payload_length\":99999999}\n", "{\"type\":\"info\",\"data_length\":99999999}\n",
  ])
  func lengthsOverTheirBoundAreRefusedBeforeAnythingIsKept(_ header: String) throws {
    var bytes = buffer(header)
    #expect { try decodeAll(&bytes) } throws: { error in
      guard case .tooLong? = error as? WyomingFailure else { return false }
      return true
    }
  }

  @Test(arguments: [
    "{\"type\":\"a\",\"data_length\":-1}\n", "{\"type\":\"a\",\"payload_length\":\"4\"}\n",
    "{\"type\":\"a\",\"data_length\":1.5}\n",
    "HTTP/1.1 400 Bad Request\r\n", "[]\n", "{}\n", "\n", "{\"type\":\"\"}\n", "{\"type\":\"a\",\"data_length\":1e300}\n",
    "{\"type\":\"a\",\"data\":{\"b\":1},\"data_length\":2}\n[]",
  ])
  func whatIsNoHeaderIsRefused(_ header: String) throws {
    var bytes = buffer(header)
    #expect(throws: WyomingFailure.self) { try decodeAll(&bytes) }
  }

  @Test func aLineWithoutEndIsRefusedAtItsBound() throws {
    var limits = WyomingLimits()
    limits.header = 1000
    var decoder = WyomingDecoder(limits: limits)
    var bytes = ByteBuffer()
    for _ in 0..<10 {
      bytes.writeString(String(repeating: "x", count: 100))
      #expect(try decoder.decode(buffer: &bytes) == nil)
    }
    bytes.writeString("y")
    #expect(throws: WyomingFailure.tooLong("a header line of over 1000 bytes")) { try decoder.decode(buffer: &bytes) }
    var whole = buffer(String(repeating: "x", count: 1001) + "\n")
    #expect(throws: WyomingFailure.self) { try decodeAll(&whole, limits) }
  }

  @Test func soundOfAFormatThatIsNotTakenIsRefusedInWords() throws {
    for (data, words) in [
      ("{\"rate\":16000,\"width\":4,\"channels\":1}", "32 bits"), ("{\"rate\":16000,\"width\":2,\"channels\":0}", "0 channels"),
      ("{\"rate\":1,\"width\":2,\"channels\":1}", "1 Hz"),
    ] {
      #expect {
        try WyomingMessage(WyomingEvent(type: "audio-start", data: Array(data.utf8)))
      } throws: { "\($0)".contains(words) }
    }
  }

  @Test func twoChannelsAreMixedToOne() {
    let bytes = SoundFormat.bytes([100, 300, -5, -7]) + [1]
    #expect(SoundFormat(rate: 16_000, channels: 2).mono(bytes) == [200, -6])
  }

  @Test func infoOfAServiceKeepsWhatIsUsed() throws {
    let data =
      "{\"asr\":[{\"name\":\"whisper\",\"attribution\":{\"name\":\"x\",\"url\":\"y\"},\"installed\":true,\"models\":[{\"name\":\"tiny\","
      + "\"languages\":[\"en\"],\"installed\":true}],\"supports_transcript_streaming\":true}],\"tts\":[],\"new\":1}"
    guard case .info(let info) = try WyomingMessage(WyomingEvent(type: "info", data: Array(data.utf8))) else {
      Issue.record("no info")
      return
    }
    #expect(info.asr?.first?.models?.first?.name == "tiny")
    #expect(info.handle == nil && info.satellite == nil)
  }
}
