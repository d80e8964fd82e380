import Foundation
import Units
import Wire

/// What `pair` and `forget` ask of a running `serve` through the control socket: one line of JSON each.
enum ControlRequest: Sendable, Equatable {
  /// Opens the pairing window; the connection then hears its events, and closing the connection closes the window.
  case pair(seconds: Int)
  /// Whether these digits are the same.
  case answer(same: Bool, digits: String)
  /// The paired devices or the memory have changed.
  case devicesChanged

  private struct Line: Codable {
    var ask: String
    var seconds: Int?
    var same: Bool?
    var digits: String?
  }

  private static let longestWindow = Int(PairingLimits.window.milliseconds / 1000)

  init?(json line: some Sequence<UInt8>) {
    guard let line = try? JSONDecoder().decode(Line.self, from: Data(line)) else { return nil }
    switch (line.ask, line.seconds, line.same, line.digits) {
    case ("pair", .some(let seconds), _, _) where (1...Self.longestWindow).contains(seconds): self = .pair(seconds: seconds)
    case ("answer", _, .some(let same), .some(let digits)): self = .answer(same: same, digits: digits)
    case ("devices_changed", _, _, _): self = .devicesChanged
    default: return nil
    }
  }

  var json: String {
    let line =
      switch self {
      case .pair(let seconds): Line(ask: "pair", seconds: seconds)
      case .answer(let same, let digits): Line(ask: "answer", same: same, digits: digits)
      case .devicesChanged: Line(ask: "devices_changed")
      }
    guard let data = try? JSONEncoder().encode(line) else { preconditionFailure("strings and numbers always encode") }
    return String(decoding: data, as: UTF8.self)
  }
}
