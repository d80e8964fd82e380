import CLinux
import CMachine
import Units

/// How far the doctor goes. Looking changes nothing; trying makes sound, light and pictures.
public enum Manner: Sendable, Hashable {
  /// Nobody can be asked: devices are looked at and listened to only.
  case look
  /// A person is asked before something is tried, and whether it was heard or seen.
  case ask
  /// Everything is tried and nobody is asked (`--yes`).
  case go

  /// By the command line and by who sits there.
  public static func chosen(yes: Bool) -> Manner {
    if yes { return .go }
    return sotto_is_terminal(0) && sotto_is_terminal(2) ? .ask : .look
  }
}

/// The person's side of a trial. Questions go to standard error, so that a report on standard output stays clean.
struct Conversation {
  let manner: Manner

  /// Whether to try something. In `look` it is not tried.
  func mayTry(_ question: String) -> Bool {
    switch manner {
    case .look: false
    case .go: true
    case .ask: answer(question + " [Y/n] ")
    }
  }

  /// What a person noticed; nil when nobody is asked.
  func noticed(_ question: String) -> Bool? {
    switch manner {
    case .look, .go: nil
    case .ask: answer(question + " [Y/n] ")
    }
  }

  /// Something a person is to do; false when nobody is there to do it.
  func invite(_ text: String) -> Bool {
    guard manner == .ask else { return false }
    tell(text + "\n")
    return true
  }

  /// Words on standard error.
  func tell(_ text: String) {
    let bytes = [UInt8](text.utf8)
    bytes.withUnsafeBufferPointer { _ = sotto_write_all(2, $0.baseAddress, $0.count) }
  }

  /// Enter alone means yes; the end of input means no.
  private func answer(_ question: String) -> Bool {
    tell(question)
    var first: UInt8?
    while true {
      var byte: UInt8 = 0
      guard sotto_read(0, &byte, 1) == 1 else { return false }
      if byte == UInt8(ascii: "\n") { return first == nil || first == UInt8(ascii: "y") || first == UInt8(ascii: "Y") }
      if first == nil { first = byte }
    }
  }
}
