import Foundation
import Units

/// Where the time and the energy of each turn went, computed from a trace (docs/trace.md says how).
public struct TraceSummary: Sendable, Equatable {
  /// The stages from the last spoken sample to the first audible one, in milliseconds. nil: the trace does not tell.
  public struct Stages: Sendable, Equatable {
    /// From the last spoken sample to the decision that speech has ended.
    public var endpointing: Double?
    /// What the engines do not explain between that decision and the first packet of speech: the way there and back.
    public var link: Double?
    public var recogniser: Double?
    public var language: Double?
    public var speech: Double?
    /// From the first packet of speech to the first audible sample.
    public var playback: Double?
    /// From the last spoken sample to the first audible one.
    public var total: Double?
    /// From the decision that speech has ended to the first audible sample, without the engines' share: what the runtime added
    /// (`runtime_ms` of docs/benchmarks.md).
    public var runtime: Double?
    /// How long before the final transcript the answer was begun; nil when it was not begun ahead.
    public var ahead: Double?
    /// From the end of speech at the glasses to its arrival at the host, and from the first sound at the host to its arrival at the glasses, with
    /// the host's clock brought on the glasses'.
    public var up: Double?
    public var down: Double?
  }

  public struct Turn: Sendable, Equatable {
    public var number: Int
    public var trigger: String
    public var outcome: String
    /// Seconds on the trace's clock.
    public var began: Double
    public var seconds: Double?
    public var transcript: String
    public var stages: Stages
    /// Microjoules by part.
    public var energy: [String: Double]
  }

  public var turns: [Turn]
  /// Times at which the processor woke from sleep, when the trace tells.
  public var wakeups: Int?
  /// The host's clock beside the glasses', when the trace tells.
  public var clock: ClockComparisons.Comparison?

  /// Of the glasses' events, and of the host's when they are among them.
  public init(_ events: [TraceEvent]) {
    var collector = Collector()
    for event in events where event.process == 1 { collector.take(event) }
    let clocks = ClockComparisons(events)
    clock = clocks.offset
    for event in events where event.process == 2 && event.phase == .complete { collector.takeHosts(event, clocks) }
    turns = collector.finished()
    wakeups = collector.wakeups
  }

  /// Marks of one turn by name: the first instant of each.
  fileprivate struct Record {
    var number: Int
    var trigger = ""
    var outcome = "unfinished"
    var began: Instant
    var ended: Instant?
    var transcript = ""
    var marks: [String: Instant] = [:]
    var lastSample: Instant?
    var engines: [String: Double] = [:]
    var ahead: Double?
    var energy: [String: Double] = [:]
    /// When the host's stages of this turn ended, on the glasses' clock.
    var hosts: [String: Instant] = [:]

    var stages: Stages {
      let end = marks["end_of_speech"]
      let packet = marks["first_speech_packet"]
      let sample = marks["first_sample"]
      let spoken = lastSample ?? end
      func milliseconds(_ from: Instant?, _ to: Instant?) -> Double? {
        guard let from, let to else { return nil }
        return Double((to - from).nanoseconds) / 1e6
      }
      let engineTime = engines.values.reduce(0, +)
      let hasEngines = !engines.isEmpty
      let total = milliseconds(spoken, sample)
      return Stages(
        endpointing: milliseconds(spoken, end),
        link: hasEngines ? milliseconds(end, packet).map { max(0, $0 - engineTime) } : nil,
        recogniser: engines["recogniser"], language: engines["language"], speech: engines["speech"],
        playback: milliseconds(packet, sample), total: total,
        runtime: hasEngines ? milliseconds(end, sample).map { $0 - engineTime } : nil, ahead: ahead,
        up: milliseconds(end, hosts["listening"]), down: milliseconds(hosts["speech"], packet))
    }
  }

  fileprivate struct Collector {
    var records: [Record] = []
    var wakeups: Int?

    mutating func take(_ event: TraceEvent) {
      if event.name == "wakeups", let count = event.arguments["count"]?.number { wakeups = Int(count) }
      guard let turn = event.turn else { return }
      if event.name == "turn", event.phase == .begin {
        records.append(Record(number: turn, trigger: event.arguments["trigger"]?.text ?? "", began: event.time))
        return
      }
      // Turn numbers begin anew when the glasses do: the latest of that number is meant.
      guard let index = records.lastIndex(where: { $0.number == turn }) else { return }
      records[index].take(event)
    }

    /// A stage of the host's: of the latest turn with its number that had begun by then.
    mutating func takeHosts(_ event: TraceEvent, _ clocks: ClockComparisons) {
      // Between two clocks that may be one, nothing is to be mended.
      let difference = clocks.offset?.difference == .zero ? .zero : clocks.difference(at: event.time)?.difference ?? .zero
      let end = event.time + event.duration - difference
      guard let turn = event.turn, let index = records.lastIndex(where: { $0.number == turn && $0.began <= end }) else { return }
      records[index].hosts[event.name] = end
    }

    func finished() -> [Turn] {
      records.map { record in
        Turn(
          number: record.number, trigger: record.trigger, outcome: record.outcome, began: Double(record.began.nanoseconds) / 1e9,
          seconds: record.ended.map { Double(($0 - record.began).nanoseconds) / 1e9 }, transcript: record.transcript,
          stages: record.stages,
          energy: record.energy)
      }
    }
  }
}

extension TraceSummary.Record {
  fileprivate mutating func take(_ event: TraceEvent) {
    if event.isTurnEnd {
      ended = event.time
      outcome = event.arguments["outcome"]?.text ?? outcome
      return
    }
    guard event.phase == .instant else { return }
    if marks[event.name] == nil { marks[event.name] = event.time }
    switch event.name {
    case "end_of_speech":
      lastSample = event.arguments["last_sample_us"]?.number.map { Instant(nanoseconds: Int64(($0 * 1000).rounded())) }
    case "transcript": if event.isFinalTranscript { transcript = event.arguments["text"]?.text ?? "" }
    case "host_times":
      for stage in ["recogniser", "language", "speech"] {
        if let time = event.arguments["\(stage)_us"]?.number { engines[stage] = time / 1000 }
      }
      if let time = event.arguments["ahead_us"]?.number, time > 0 { ahead = time / 1000 }
    case "turn_energy":
      for (key, value) in event.arguments where key.hasSuffix("_uj") && key != "total_uj" {
        energy[String(key.dropLast(3))] = value.number ?? 0
      }
    default: break
    }
  }
}
