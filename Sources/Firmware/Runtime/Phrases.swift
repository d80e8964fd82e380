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
  static func card(for notice: Notice) -> (title: String, body: String) {
    switch notice {
    case .hostUnreachable(.forbidden): ("Not paired", "Hold the button to pair with your host.")
    case .hostUnreachable(.refused): ("Host refused", "It does not know these glasses any more. Pair again.")
    case .hostUnreachable: ("No connection", "Your host does not answer. Is it running and near?")
    case .hostLost: ("Connection lost", "Your host went away. Ask again in a moment.")
    case .hostSilent: ("No answer", "Your host took too long. Ask again.")
    case .hostFailed: ("No answer", "Your host could not answer that.")
    case .nothingHeard: ("Not understood", "I could not make out any words.")
    case .capture(let error) where error.part == .indicator:
      ("Not listening", "The recording light does not work. Without it nothing is recorded.")
    case .capture(let error): ("Not listening", failure(error))
    }
  }
}
