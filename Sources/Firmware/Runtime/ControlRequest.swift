import HAL
import Units

/// What a client of the control port asks for: one line of words (docs/control.md).
package enum ControlRequest: Sendable, Hashable {
  case status
  case explain
  case wakeups
  /// Events from now on.
  case follow
  case lease(Part, level: Int)
  /// One part's lease, or every one of this client.
  case release(Part?)

  /// What a client may lease.
  static var leasable: InlineArray<2, Part> { [.processor, .speaker] }

  /// The levels, from 1, that a client may hold a part at; 0 for parts that it may not lease. Camera and microphone capture people: they
  /// come up for the wearer's own turn and for nobody else. The light must mean that they are up. A display that a card does not hold would show
  /// what has expired, and the link is of no use to anyone but the turn.
  static func highestLevel(of part: Part) -> Int {
    switch part {
    case .processor: Level.processorBusy
    case .speaker: Level.speakerReady
    case .camera, .microphone, .display, .link, .indicator, .pins, .battery, .thermal, .storage, .motion: Level.off
    }
  }

  /// Parses a line without its end. Words are separated by spaces; nothing but printable ASCII is taken.
  static func parse(_ line: ArraySlice<UInt8>) throws(ControlRefusal) -> ControlRequest {
    guard line.allSatisfy({ (0x20..<0x7F).contains($0) }) else { throw .notText }
    let words = line.split(separator: UInt8(ascii: " "), maxSplits: 4)
    guard let command = words.first else { throw .unknown }
    if command.matches("status"), words.count == 1 { return .status }
    if command.matches("explain"), words.count == 1 { return .explain }
    if command.matches("wakeups"), words.count == 1 { return .wakeups }
    if command.matches("follow"), words.count == 1 { return .follow }
    if command.matches("lease"), words.count == 3 {
      let part = try leasable(words[1])
      guard words[2].count == 1, let digit = words[2].first, digit > UInt8(ascii: "0") else { throw .level(part) }
      let level = Int(digit) - Int(UInt8(ascii: "0"))
      guard level <= highestLevel(of: part) else { throw .level(part) }
      return .lease(part, level: level)
    }
    if command.matches("release"), words.count == 1 { return .release(nil) }
    if command.matches("release"), words.count == 2 { return .release(try leasable(words[1])) }
    throw .unknown
  }

  private static func leasable(_ word: ArraySlice<UInt8>) throws(ControlRefusal) -> Part {
    guard let part = Part.allCases.first(where: { word.matches($0.name) }) else { throw .unknownPart }
    guard highestLevel(of: part) > 0 else { throw .notLeasable(part) }
    return part
  }
}

/// Why a request was not granted.
package enum ControlRefusal: Error, Hashable {
  case unknown
  case tooLong
  case notText
  case unknownPart
  case notLeasable(Part)
  case level(Part)
  case absent(Part)
  case notHeld(Part)

  /// For programs. Fixed.
  var code: StaticString {
    switch self {
    case .unknown: "unknown"
    case .tooLong: "too_long"
    case .notText: "not_text"
    case .unknownPart: "unknown_part"
    case .notLeasable: "not_leasable"
    case .level: "level"
    case .absent: "absent"
    case .notHeld: "not_held"
    }
  }

  /// For a person: what to do instead.
  var phrase: StaticString {
    switch self {
    case .unknown: "the requests are: status, explain, wakeups, follow, lease PART LEVEL, release [PART]"
    case .tooLong: "a request is one line of at most 128 bytes"
    case .notText: "a request is printable ASCII"
    case .unknownPart: "there is no such part: processor or speaker can be leased"
    case .notLeasable(.camera), .notLeasable(.microphone):
      "camera and microphone come up for the wearer's own turn only: press the button, or type a question"
    case .notLeasable(.indicator): "the light is on while camera or microphone feed anything, and only then"
    case .notLeasable(.display): "the display is on while a card is to be seen, and only then"
    case .notLeasable(.link): "the link is up for the wearer's own turn, and parked after it"
    case .notLeasable: "that part has no levels to lease: processor or speaker have"
    case .level(.processor): "the processor has the levels 1 (listening) and 2 (busy)"
    case .level: "the speaker has the level 1 (ready)"
    case .absent: "the board has no such part, or it does not work"
    case .notHeld: "this connection holds no lease on it"
    }
  }
}

extension ArraySlice<UInt8> {
  fileprivate func matches(_ word: StaticString) -> Bool { word.withUTF8Buffer { elementsEqual($0) } }
}
