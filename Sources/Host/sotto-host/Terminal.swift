import Foundation
import HostLink

/// The two output streams. Each call writes whole lines, so that lines of several threads do not mix.
enum Terminal {
  static func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
  static func complain(_ text: String) { FileHandle.standardError.write(Data(("sotto-host: " + text + "\n").utf8)) }

  /// One event as a line: JSON on standard output for a program, words on standard error for a person.
  static func show(_ event: HostEvent, asJSON: Bool) {
    if asJSON {
      say(EventLine(event).json)
    } else {
      FileHandle.standardError.write(Data((words(event) + "\n").utf8))
    }
  }

  private static func words(_ event: HostEvent) -> String {
    switch event {
    case .listening(let address): "listening on \(address)"
    case .refused(let peer, let reason): "refused \(peer): \(reason)"
    case .sessionBegan(let device, _, let peer): "\(device) is here (\(peer))"
    case .sessionEnded(let device, _, let reason): "\(device) is gone: \(reason)"
    case .turnBegan(let device, let turn): "\(device), turn \(turn): listening"
    case .transcript(let device, let turn, let text): "\(device), turn \(turn): heard \"\(text)\""
    case .answer(let device, let turn, let text): "\(device), turn \(turn): \(text)"
    case .turnEnded(let device, let turn, let outcome): "\(device), turn \(turn): \(outcome)"
    case .pairing(let event): words(event)
    case .warning(let text): "warning: \(text)"
    }
  }

  static func words(_ event: PairingProgress) -> String {
    switch event {
    case .opened(let seconds, _): "pairing is open for \(seconds) s: hold the button of the glasses"
    case .digits(let digits, let device): "\(device) wants to pair and should say \(digits)"
    case .failed(let reason): "this attempt failed: \(reason)"
    case .paired(let device, let fingerprint): "paired with \(device) (\(fingerprint))"
    case .closed(let end): "pairing is closed: \(end.words)"
    }
  }
}
