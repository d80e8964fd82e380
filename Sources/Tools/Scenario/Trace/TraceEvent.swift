import Foundation
import Units

/// A value among the arguments of a trace event.
public enum TraceValue: Sendable, Equatable {
  case number(Double)
  case text(String)
  case boolean(Bool)

  public var text: String? { if case .text(let text) = self { text } else { nil } }
  public var number: Double? { if case .number(let number) = self { number } else { nil } }
}

/// One event of a trace (docs/trace.md): Chrome's JSON format, one event a line.
public struct TraceEvent: Sendable, Equatable {
  public enum Phase: String, Sendable {
    case begin = "B"
    case end = "E"
    case complete = "X"
    case instant = "i"
    case counter = "C"
    case metadata = "M"
  }

  public var phase: Phase
  public var name: String
  public var time: Instant
  /// Of a complete event.
  public var duration: Duration
  public var process: Int
  public var track: Int
  public var arguments: [String: TraceValue]

  public init(
    phase: Phase, name: String, time: Instant, duration: Duration = .zero, process: Int = 1, track: Int,
    arguments: [String: TraceValue] = [:]
  ) {
    self.duration = duration
    self.phase = phase
    self.name = name
    self.time = time
    self.process = process
    self.track = track
    self.arguments = arguments
  }

  /// The turn that the event belongs to, when it says so.
  public var turn: Int? { arguments["turn"]?.number.map { Int($0) } }

  /// The tracks of the glasses' process.
  public enum Track {
    public static let state = 1
    public static let turn = 2
    public static let power = 3
    public static let link = 4
    public static let log = 5
  }
}

/// A line that is no trace event.
public struct TraceError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Counted from 1.
  public var line: Int
  public var message: String

  public var description: String { "line \(line): \(message)" }
}

extension TraceEvent {
  /// Reads one line of a trace. nil for what carries no event: empty lines and the brackets of the array.
  public static func parse(line text: String, number: Int = 1) throws(TraceError) -> TraceEvent? {
    var body = text[...]
    while let last = body.last, last.isWhitespace || last == "," { body = body.dropLast() }
    guard !body.isEmpty, body != "[", body != "]" else { return nil }
    guard let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any] else {
      throw TraceError(line: number, message: "is not one JSON object")
    }
    guard let phase = (object["ph"] as? String).flatMap({ Phase(rawValue: $0) }), let name = object["name"] as? String else {
      throw TraceError(line: number, message: "has no known \"ph\" or no \"name\"")
    }
    let microseconds = (object["ts"] as? NSNumber)?.doubleValue ?? 0
    var arguments: [String: TraceValue] = [:]
    for (key, value) in object["args"] as? [String: Any] ?? [:] {
      if let text = value as? String {
        arguments[key] = .text(text)
      } else if let number = value as? NSNumber {
        // JSON's true and false come as numbers of the Objective-C type char.
        arguments[key] = String(cString: number.objCType) == "c" ? .boolean(number.boolValue) : .number(number.doubleValue)
      }
    }
    let length = (object["dur"] as? NSNumber)?.doubleValue ?? 0
    return TraceEvent(
      phase: phase, name: name, time: Instant(nanoseconds: Int64((microseconds * 1000).rounded())),
      duration: .nanoseconds(Int64((length * 1000).rounded())),
      process: (object["pid"] as? NSNumber)?.intValue ?? 0, track: (object["tid"] as? NSNumber)?.intValue ?? 0,
      arguments: arguments)
  }

  /// Reads a whole trace. A last line that was cut off (the writer was killed) is left out.
  public static func parse(trace text: String) throws(TraceError) -> [TraceEvent] {
    var events: [TraceEvent] = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      do {
        if let event = try parse(line: String(line), number: index + 1) { events.append(event) }
      } catch {
        guard index == lines.count - 1 else { throw error }
      }
    }
    return events
  }
}
