import Drivers
import HAL

/// What the checks of microphone and speaker share.
enum SoundCheck {
  /// Lists the cards' devices and gives their names.
  static func list(_ report: inout SubjectReport, _ devices: (SoundCard) -> [Int]) -> [String] {
    let cards: [SoundCard]
    do throws(DeviceError) {
      cards = try SoundCards.list()
    } catch {
      report.wrong("Sound cards cannot be listed: " + error.sentence + ".", mend: "cat /proc/asound/cards")
      return []
    }
    var names: [String] = []
    for card in cards {
      for number in devices(card) {
        let name = card.name + ",DEV=" + number.description
        names.append(name)
        report.add(
          .object([
            Datum.Entry("name", .text(name)), Datum.Entry("card", .text(card.description)),
            Datum.Entry("driver", .text(card.driver)),
            Datum.Entry("device", .number(Int64(number))),
          ]), [name + ": " + card.description + " (" + card.driver + ")"])
      }
    }
    return names
  }

  static func mend(_ error: DeviceError, _ list: String) -> String {
    switch error.cause {
    case .busy: "stop the program that has it: sudo fuser -v /dev/snd/*"
    case .forbidden: "see permissions above"
    case .absent, .removed, .unsupported, .malformed, .timedOut, .full, .io, .refused: list
    }
  }

  /// ` -c CARD` for the mixers' command lines; nothing for names that are no card's.
  static func card(_ name: String) -> String {
    let bytes = [UInt8](name.utf8)
    let long = [UInt8]("hw:CARD=".utf8)
    let short = [UInt8]("hw:".utf8)
    let start = bytes.starts(with: long) ? long.count : bytes.starts(with: short) ? short.count : 0
    guard start > 0 else { return "" }
    return " -c " + String(decoding: bytes[start...].prefix { $0 != UInt8(ascii: ",") }, as: UTF8.self)
  }
}
