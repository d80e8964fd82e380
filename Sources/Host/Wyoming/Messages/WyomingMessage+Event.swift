import Foundation

// The data of events, with the protocol's own key names.
private struct Text: Codable { var text: String? }
private struct Mistake: Codable {
  var text: String?
  var code: String?
}
private struct Named: Codable { var name: String? }
private struct Identified: Codable { var id: String }
private struct Transcribe: Codable {
  var name: String?
  var language: String?
}
private struct Voice: Codable { var name: String? }
private struct Synthesis: Codable {
  var text: String?
  var voice: Voice?
}
private struct IntentData: Codable {
  var name: String
  var text: String?
}
private struct Names: Codable { var names: [String]? }

extension WyomingMessage {
  /// What an event means. Throws when a known event lacks what it must have.
  public init(_ event: WyomingEvent) throws(WyomingFailure) {
    switch event.type {
    case "describe": self = .describe
    case "info": self = .info(try event.decoded(WyomingInfo.self))
    case "ping": self = .ping(try event.decoded(Text.self).text)
    case "pong": self = .pong(try event.decoded(Text.self).text)
    case "error":
      let mistake = try event.decoded(Mistake.self)
      self = .error(mistake.text ?? "an error without words", code: mistake.code)
    case "audio-start": self = .audioStart(try Self.format(event))
    case "audio-chunk": self = .audioChunk(try Self.format(event), event.payload)
    case "audio-stop": self = .audioStop
    case "played": self = .played
    case "voice-started": self = .voiceStarted
    case "voice-stopped": self = .voiceStopped
    case "transcribe":
      let wish = try event.decoded(Transcribe.self)
      self = .transcribe(language: wish.language, model: wish.name)
    case "transcript": self = .transcript(try Self.text(event))
    case "transcript-start": self = .transcriptStart
    case "transcript-chunk": self = .transcriptChunk(try Self.text(event))
    case "transcript-stop": self = .transcriptStop
    case "synthesize":
      let wish = try event.decoded(Synthesis.self)
      self = .synthesize(wish.text ?? "", voice: wish.voice?.name)
    case "synthesize-start": self = .synthesizeStart(voice: try event.decoded(Synthesis.self).voice?.name)
    case "synthesize-chunk": self = .synthesizeChunk(try Self.text(event))
    case "synthesize-stop": self = .synthesizeStop
    case "synthesize-stopped": self = .synthesizeStopped
    case "recognize": self = .recognize(try Self.text(event))
    case "intent":
      let found = try event.decoded(IntentData.self)
      self = .intent(name: found.name, text: found.text)
    case "not-recognized": self = .notRecognized(try event.decoded(Text.self).text)
    case "handled": self = .handled(try event.decoded(Text.self).text)
    case "not-handled": self = .notHandled(try event.decoded(Text.self).text)
    case "handled-start": self = .handledStart
    case "handled-chunk": self = .handledChunk(try Self.text(event))
    case "handled-stop": self = .handledStop
    case "detect": self = .detect(try event.decoded(Names.self).names ?? [])
    case "detection": self = .detection(try event.decoded(Named.self).name)
    case "not-detected": self = .notDetected
    case "run-satellite": self = .runSatellite
    case "pause-satellite": self = .pauseSatellite
    case "run-pipeline": self = .runPipeline(try event.decoded(WyomingPipeline.self))
    case "streaming-started": self = .streamingStarted
    case "streaming-stopped": self = .streamingStopped
    case "satellite-connected": self = .satelliteConnected
    case "satellite-disconnected": self = .satelliteDisconnected
    case "timer-finished": self = .timerFinished(id: try event.decoded(Identified.self).id)
    default: self = .other(event.type)
    }
  }

  private static func text(_ event: WyomingEvent) throws(WyomingFailure) -> String {
    guard let text = try event.decoded(Text.self).text else { throw .malformed("a \(event.type) event without text") }
    return text
  }

  private static func format(_ event: WyomingEvent) throws(WyomingFailure) -> SoundFormat {
    let format = try event.decoded(SoundFormat.self)
    if let objection = format.objection { throw .malformed(objection) }
    return format
  }

  /// The event that says this.
  public var event: WyomingEvent {
    switch self {
    case .describe: WyomingEvent(type: "describe")
    case .info(let info): Self.event("info", info)
    case .ping(let text): Self.event("ping", Text(text: text))
    case .pong(let text): Self.event("pong", Text(text: text))
    case .error(let text, let code): Self.event("error", Mistake(text: text, code: code))
    case .audioStart(let format): Self.event("audio-start", format)
    case .audioChunk(let format, let bytes): Self.event("audio-chunk", format, payload: bytes)
    case .audioStop: WyomingEvent(type: "audio-stop")
    case .played: WyomingEvent(type: "played")
    case .voiceStarted: WyomingEvent(type: "voice-started")
    case .voiceStopped: WyomingEvent(type: "voice-stopped")
    case .transcribe(let language, let model): Self.event("transcribe", Transcribe(name: model, language: language))
    case .transcript(let text): Self.event("transcript", Text(text: text))
    case .transcriptStart: WyomingEvent(type: "transcript-start")
    case .transcriptChunk(let text): Self.event("transcript-chunk", Text(text: text))
    case .transcriptStop: WyomingEvent(type: "transcript-stop")
    case .synthesize(let text, let voice):
      Self.event("synthesize", Synthesis(text: text, voice: voice.map { Voice(name: $0) }))
    case .synthesizeStart(let voice): Self.event("synthesize-start", Synthesis(voice: voice.map { Voice(name: $0) }))
    case .synthesizeChunk(let text): Self.event("synthesize-chunk", Text(text: text))
    case .synthesizeStop: WyomingEvent(type: "synthesize-stop")
    case .synthesizeStopped: WyomingEvent(type: "synthesize-stopped")
    case .recognize(let text): Self.event("recognize", Text(text: text))
    case .intent(let name, let text): Self.event("intent", IntentData(name: name, text: text))
    case .notRecognized(let text): Self.event("not-recognized", Text(text: text))
    case .handled(let text): Self.event("handled", Text(text: text))
    case .notHandled(let text): Self.event("not-handled", Text(text: text))
    case .handledStart: WyomingEvent(type: "handled-start")
    case .handledChunk(let text): Self.event("handled-chunk", Text(text: text))
    case .handledStop: WyomingEvent(type: "handled-stop")
    case .detect(let names): Self.event("detect", Names(names: names))
    case .detection(let name): Self.event("detection", Named(name: name))
    case .notDetected: WyomingEvent(type: "not-detected")
    case .runSatellite: WyomingEvent(type: "run-satellite")
    case .pauseSatellite: WyomingEvent(type: "pause-satellite")
    case .runPipeline(let pipeline): Self.event("run-pipeline", pipeline)
    case .streamingStarted: WyomingEvent(type: "streaming-started")
    case .streamingStopped: WyomingEvent(type: "streaming-stopped")
    case .satelliteConnected: WyomingEvent(type: "satellite-connected")
    case .satelliteDisconnected: WyomingEvent(type: "satellite-disconnected")
    case .timerFinished(let id): Self.event("timer-finished", Identified(id: id))
    case .other(let type): WyomingEvent(type: type)
    }
  }

  private static func event(_ type: String, _ data: some Encodable, payload: [UInt8] = []) -> WyomingEvent {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let bytes = try? encoder.encode(data) else { preconditionFailure("strings, numbers and lists of them always encode") }
    return WyomingEvent(type: type, data: bytes.count > 2 ? [UInt8](bytes) : [], payload: payload)
  }
}
