import Units

/// A wake word that a board listens for, and how readily it is heard.
public struct WakeWordChoice: Sendable, Hashable {
  /// Name of its `.json` file, without the ending.
  public var name: String
  public var sensitivity: WakeSensitivity

  public init(name: String, sensitivity: WakeSensitivity = .normal) {
    self.name = name
    self.sensitivity = sensitivity
  }

  /// Each costs its network thirty times a second.
  public static let most = 8

  /// Why a list of words makes no sense: the entry, and what is wrong with it.
  public struct Problem: Error, Sendable {
    public var entry: String
    public var reason: StaticString
  }

  /// Reads a list as board files have it: `okay_nabu, hey_jarvis high, alexa 0.85`.
  public static func list(_ text: String) throws(Problem) -> [WakeWordChoice] {
    var choices: [WakeWordChoice] = []
    for entry in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let choice = try WakeWordChoice(entry: String(decoding: entry, as: UTF8.self))
      for other in choices where other.name.utf8.elementsEqual(choice.name.utf8) {
        throw Problem(entry: choice.name, reason: "is named twice")
      }
      guard choices.count < most else { throw Problem(entry: choice.name, reason: "is one word too many: eight are the most") }
      choices.append(choice)
    }
    return choices
  }

  /// One entry: a name, and after a space its sensitivity when it is not the usual.
  public init(entry: String) throws(Problem) {
    let parts = entry.utf8.split(separator: UInt8(ascii: " "))
    guard let first = parts.first else { throw Problem(entry: entry, reason: "is no name of a wake word") }
    guard parts.count <= 2 else { throw Problem(entry: entry, reason: "is more than a name and a sensitivity") }
    name = String(decoding: first, as: UTF8.self)
    guard Self.isName(first) else {
      throw Problem(entry: entry, reason: "is no name of a wake word: letters, digits, - and _ make one")
    }
    guard parts.count == 2 else {
      sensitivity = .normal
      return
    }
    guard let stated = WakeSensitivity(String(decoding: parts[1], as: UTF8.self)) else {
      throw Problem(entry: entry, reason: "has no sensitivity: low, normal, high, highest, or a cutoff from 0.05 to 0.99")
    }
    sensitivity = stated
  }

  private static func isName(_ name: Substring.UTF8View) -> Bool {
    guard name.count <= 64 else { return false }
    for byte in name {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "_"), UInt8(ascii: "-"):
        break
      default: return false
      }
    }
    return true
  }
}
