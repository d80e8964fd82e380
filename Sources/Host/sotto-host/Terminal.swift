import Foundation
import HostLink

/// The two output streams. Each call writes whole lines, so that lines of several threads do not mix.
enum Terminal {
  static func say(_ text: String) { write(text + "\n", to: .standardOutput) }
  static func complain(_ text: String) { write("sotto-host: " + text + "\n", to: .standardError) }

  /// What cannot be written (a full disk, a reader that has gone) is lost: a host serves on without its log.
  static func write(_ text: String, to stream: FileHandle) { try? stream.write(contentsOf: Data(text.utf8)) }

  /// One event as a line: JSON on standard output for a program, words on standard error for a person.
  static func show(_ event: HostEvent, asJSON: Bool) {
    if asJSON {
      say(EventLine(event).json)
    } else {
      write(words(event) + "\n", to: .standardError)
    }
  }

  /// Names, transcripts and answers hold what somebody else has said or written.
  private static func words(_ event: HostEvent) -> String { unchecked(event).printable }

  static func words(_ event: PairingProgress) -> String { unchecked(event).printable }

  private static func unchecked(_ event: HostEvent) -> String {
    switch event {
    case .listening(let address): "listening on \(address)"
    case .refused(let peer, let reason): "refused \(peer): \(reason)"
    case .sessionBegan(let device, _, let peer): "\(device) is here (\(peer))"
    case .sessionEnded(let device, _, let reason): "\(device) is gone: \(reason)"
    case .turnBegan(let device, let turn): "\(device), turn \(turn): listening"
    case .transcript(let device, let turn, let text): "\(device), turn \(turn): heard \"\(text)\""
    case .answer(let device, let turn, let text): "\(device), turn \(turn): \(text)"
    case .turnEnded(let device, let turn, let outcome): "\(device), turn \(turn): \(outcome)"
    case .pairing(let event): unchecked(event)
    case .warning(let text): "warning: \(text)"
    }
  }

  private static func unchecked(_ event: PairingProgress) -> String {
    switch event {
    case .opened(let seconds, _): "pairing is open for \(seconds) s: hold the button of the glasses"
    case .digits(let digits, let device): "\(device) wants to pair and should say \(digits)"
    case .failed(let reason): "this attempt failed: \(reason)"
    case .paired(let device, let fingerprint): "paired with \(device) (\(fingerprint))"
    case .closed(let end): "pairing is closed: \(end.words)"
    }
  }
}
