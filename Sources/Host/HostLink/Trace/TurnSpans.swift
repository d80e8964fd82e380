import Units

/// Turns the stages of a session's turns into the host's spans: `turn` around `listening`, `recogniser`, `picture`, `language` and
/// `speech`. docs/host.md says what each covers.
struct TurnSpans: Sendable {
  private let device: String
  private var began: Instant?
  /// When the stage that runs now began.
  private var mark: Instant?
  /// When a picture was asked for.
  private var pictureWanted: Instant?
  private var isListening = false

  init(device: String) { self.device = device }

  mutating func handle(_ turn: UInt32, _ stage: TurnStage, at now: Instant) -> [TraceSpan] {
    var spans: [TraceSpan] = []
    switch stage {
    case .began:
      began = now
      mark = now
      pictureWanted = nil
      isListening = true
    case .endOfSpeech:
      close("listening", turn, at: now, &spans)
      isListening = false
    case .transcript: close("recogniser", turn, at: now, &spans)
    case .pictureWanted:
      pictureWanted = now
      if !isListening { close("language", turn, at: now, &spans) }
    case .pictureReceived:
      guard let wanted = pictureWanted else { break }
      spans.append(TraceSpan(name: "picture", from: wanted, to: now, turn: turn, device: device, outcome: nil))
      if !isListening { mark = now }
    case .firstSentence: close("language", turn, at: now, &spans)
    case .firstSpeech: close("speech", turn, at: now, &spans)
    case .ended(let end):
      if let began {
        spans.append(TraceSpan(name: "turn", from: began, to: now, turn: turn, device: device, outcome: end.words))
      }
      began = nil
      mark = nil
    }
    return spans
  }

  private mutating func close(_ name: StaticString, _ turn: UInt32, at now: Instant, _ spans: inout [TraceSpan]) {
    if let mark { spans.append(TraceSpan(name: name, from: mark, to: now, turn: turn, device: device, outcome: nil)) }
    mark = now
  }
}

/// One span of the host's trace.
struct TraceSpan: Sendable {
  var name: StaticString
  var from: Instant
  var to: Instant
  var turn: UInt32
  var device: String
  var outcome: String?

  /// One complete event (`ph` X) of the Chrome trace format, with its comma and line end. The host is process 2; its turns are on
  /// thread 2, as the glasses' are on theirs.
  func append(to text: inout TextBuffer) {
    text.append("{\"name\":\"")
    text.append(name)
    text.append("\",\"cat\":\"host\",\"ph\":\"X\",\"ts\":")
    text.append(thousandths: from.nanoseconds)
    text.append(",\"dur\":")
    text.append(thousandths: (to - from).nanoseconds)
    text.append(",\"pid\":2,\"tid\":2,\"args\":{\"turn\":")
    text.append(turn)
    text.append(",\"device\":")
    text.append(jsonString: device)
    if let outcome {
      text.append(",\"outcome\":")
      text.append(jsonString: outcome)
    }
    text.append("}},\n")
  }
}
