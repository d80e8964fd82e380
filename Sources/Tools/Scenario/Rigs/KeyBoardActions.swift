import Units

/// What the keys of `--keep` do.
struct KeyBoardActions {
  enum Action: Equatable {
    case stimulus(ScenarioStimulus)
    case leave
    /// A line that is being typed, to be shown.
    case prompt(String)
  }

  private let pictures: [String]
  private let clips: [String]
  private var picture = 0
  private var clip = 0
  private var typed: [UInt8]?

  /// Pictures and clips are those that the scenario names.
  init(_ scenario: Scenario) {
    var pictures: [String] = []
    var clips: [String] = []
    for entry in scenario.timeline {
      switch entry.stimulus {
      case .look(let name)?: if !pictures.contains(name) { pictures.append(name) }
      case .say(let name)?: if !clips.contains(name) { clips.append(name) }
      case .press, .tap, .tilt, .wear, .type, .battery, .charging, .temperature, .time, .network, .outage, .weather, .indicator,
        .host,
        .glasses, nil:
        break
      }
    }
    self.pictures = pictures
    self.clips = clips
    // What the scenario ended with has been seen.
    picture = pictures.count
  }

  mutating func action(for key: UInt8, isWorn: Bool) -> Action? {
    if typed != nil { return line(key) }
    switch key {
    case UInt8(ascii: " "): return .stimulus(.press(PairingCeremony.press))
    case UInt8(ascii: "w"): return .stimulus(.wear(!isWorn))
    case UInt8(ascii: "t"):
      typed = []
      return .prompt("? ")
    case UInt8(ascii: "l"):
      guard !pictures.isEmpty else { return .prompt("the scenario names no picture") }
      defer { picture += 1 }
      return .stimulus(.look(pictures[picture % pictures.count]))
    case UInt8(ascii: "s"):
      guard !clips.isEmpty else { return .prompt("the scenario names no clip") }
      defer { clip += 1 }
      return .stimulus(.say(clips[clip % clips.count]))
    // Control-C and control-D arrive as bytes in raw mode.
    case UInt8(ascii: "q"), 3, 4: return .leave
    default: return nil
    }
  }

  /// A key while a question is being typed.
  private mutating func line(_ key: UInt8) -> Action? {
    switch key {
    case 13, 10:
      let text = String(decoding: typed ?? [], as: UTF8.self)
      typed = nil
      return text.isEmpty ? .prompt("") : .stimulus(.type(text))
    case 3, 4, 27:
      typed = nil
      return .prompt("")
    case 8, 127:
      // A character of several bytes goes as a whole.
      while let last = typed?.popLast(), last & 0xC0 == 0x80 {}
    case 32...: typed?.append(key)
    default: return nil
    }
    return .prompt("? " + String(decoding: typed ?? [], as: UTF8.self))
  }
}
