import Engagement
import HAL

/// What the wearer and a person reading the log are told.
enum Phrases {
  static func failure(_ error: DeviceError) -> String {
    var text = "The "
    text += error.part.name.description
    text += " "
    text += error.cause.phrase.description
    text += " ("
    text += error.operation.description
    if error.errno != 0 {
      text += ", error "
      text += String(error.errno)
    }
    text += ")."
    return text
  }

  /// A short title and a line of advice.
  /// `privacyGesture` is what ends a privacy hold on this board.
  static func card(for notice: Notice, privacyGesture: StaticString) -> (title: String, body: String) {
    switch notice {
    case .hostUnreachable(.forbidden): ("Not paired", "Hold the button to pair with your host.")
    case .hostUnreachable(.refused): ("Host refused", "It does not know these glasses any more. Pair again.")
    case .hostUnreachable(.busy): ("Host is busy", "It serves as many glasses as it can. Ask again in a moment.")
    case .hostUnreachable: ("No connection", "Your host does not answer. Is it running and near?")
    case .hostLost: ("Connection lost", "Your host went away. Ask again in a moment.")
    case .hostSilent: ("No answer", "Your host took too long. Ask again.")
    case .hostFailed: ("No answer", "Your host could not answer that.")
    case .questionKept: ("Your host is away", "Your question is kept. You get the answer when it is back.")
    case .nothingHeard: ("Not understood", "I could not make out any words.")
    case .capture(let error) where error.part == .indicator:
      ("Not listening", "The recording light does not work. Without it nothing is recorded.")
    case .capture(let error): ("Not listening", failure(error))
    case .privacy: privacy(true, gesture: privacyGesture)
    }
  }

  static func privacy(_ isOn: Bool, gesture: StaticString) -> (title: String, body: String) {
    isOn
      ? ("Privacy is on", "Microphone and camera are off. " + gesture.description + " ends it.")
      : ("Privacy is off", "The glasses listen again when you press.")
  }

  static func wakeWord(isOff: Bool) -> (title: String, body: String) {
    isOff
      ? ("Wake word off", "The glasses do not listen until you press.")
      : ("Wake word on", "The glasses listen for it while you wear them.")
  }

  /// While the wearer still speaks.
  static let hostAway = (title: "Your host is away", body: "Ask all the same: it is kept until your host is back.")
  static let questionsGivenUp = (title: "Not asked", body: "Your host was away for too long. Ask again.")

  /// What the button asks without a word: of what is in sight, and for the last answer.
  static let look = "What is this?"
  static let again = "Say that again."

  static func card(for notice: StageNotice) -> (title: String, body: String) {
    switch notice {
    case .battery(.normal), .thermal(.normal): ("All is well", "Nothing is switched off to save power.")
    case .battery(.low): ("Battery low", "The wake word is off to save power; the button works.")
    case .battery(.critical): ("Battery almost empty", "Camera and display are off; answers are spoken.")
    case .battery(.shutdown): lastWord(.batteryEmpty)
    case .thermal(.warm): ("Warm", "The wake word is off so that the glasses cool down; the button works.")
    case .thermal(.hot): ("Too warm", "Camera and display are off until the glasses cool down; answers are spoken.")
    case .thermal(.shutdown): lastWord(.tooHot)
    }
  }

  /// What is said when the glasses end by themselves.
  static func lastWord(_ ending: Ending) -> (title: String, body: String) {
    switch ending {
    case .asked: ("Good-bye", "The glasses are switched off.")
    case .batteryEmpty: ("Battery empty", "The glasses switch themselves off. Charge them.")
    case .tooHot: ("Too hot", "The glasses switch themselves off. Let them cool down.")
    }
  }
}
