import Foundation
import Units

/// A line of `sotto-host --json`.
public struct HostLine: Sendable, Equatable {
  public let name: String
  private let fields: [String: String]

  public init?(_ line: String) {
    guard let object = (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any],
      let name = object["event"] as? String
    else {
      return nil
    }
    self.name = name
    fields = object.compactMapValues { $0 as? String ?? ($0 as? NSNumber)?.stringValue }
  }

  public subscript(field: String) -> String? { fields[field] }
}

/// What a person does to pair: holds the button once the host waits, compares the digits that both show, and confirms on both: by a
/// press and by a yes.
///
/// ```
/// opening ──pairing_open──▶ held ──digits of both──▶ confirmed ──paired of both──▶ done
///                             └────── they differ, or a side refuses ──▶ failed
/// ```
public struct PairingCeremony: Sendable {
  private var presses: [Duration] = []
  private var answer: Bool?
  private var hostDigits: String?
  private var glassesDigits: String?
  private var hasHeld = false
  private var hasConfirmed = false
  private var isHostPaired = false
  private var areGlassesPaired = false
  public private(set) var failure: String?

  /// The firmware's default hold is 3 s.
  static let hold = Duration.milliseconds(3200)
  static let press = Duration.milliseconds(80)

  public init() {}

  public var isDone: Bool { isHostPaired && areGlassesPaired }
  /// The digits, once both show the same.
  public var digits: String? { hasConfirmed ? hostDigits : nil }

  public var phrase: String {
    if !hasHeld { return "the host does not wait for glasses" }
    if hostDigits == nil { return "the host shows no digits" }
    if glassesDigits == nil { return "the glasses show no digits" }
    return isHostPaired ? "the glasses do not say that they are paired" : "the host does not say that it is paired"
  }

  /// How long the button is to be pressed now; each is given once.
  public mutating func takePresses() -> [Duration] {
    defer { presses = [] }
    return presses
  }

  /// What the host is to be told about its digits; given once.
  public mutating func takeAnswer() -> Bool? {
    defer { answer = nil }
    return answer
  }

  public mutating func host(_ line: HostLine) {
    switch line.name {
    case "pairing_open":
      guard !hasHeld else { return }
      hasHeld = true
      presses.append(Self.hold)
    case "digits":
      hostDigits = line["digits"]
      compare()
    case "pairing_failed", "pairing_closed": if !isHostPaired { failure = line["reason"] ?? "the host gave no reason" }
    case "paired": isHostPaired = true
    default: break
    }
  }

  public mutating func glasses(_ event: TraceEvent) {
    if event.isMark("pairing_digits") {
      glassesDigits = event.arguments["digits"].map { value in
        // Six digits, also where they travel as a number.
        switch value {
        case .text(let text): text
        case .number(let number): String(format: "%06d", Int(number))
        case .boolean: ""
        }
      }
      compare()
    }
    if event.isMark("paired") { areGlassesPaired = true }
  }

  private mutating func compare() {
    guard !hasConfirmed, let hostDigits, let glassesDigits else { return }
    let plain = { (text: String) in text.filter { $0.isNumber } }
    guard plain(hostDigits) == plain(glassesDigits) else {
      answer = false
      failure = "the digits differ: the host shows \(hostDigits), the glasses \(glassesDigits). Someone may be in between"
      return
    }
    hasConfirmed = true
    answer = true
    presses.append(Self.press)
  }
}
