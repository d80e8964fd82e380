import Explorer
import Foundation
import Reports

extension Main {
  static func exit(with status: Int32) -> Never { Foundation.exit(status) }

  static func words(_ wholes: [Exploration], _ hunts: [Hunt]) -> String {
    var text = ""
    for whole in wholes {
      text += "hardware \(whole.pace.rawValue): \(whole.states) states, \(whole.transitions) transitions, "
      text += "\(whole.violations.count) violations; at most \(whole.longestReturn) steps to rest without input\n"
      for violation in whole.violations { text += "\n\(Counterexample(violation).text)\n" }
    }
    for hunt in hunts {
      if let violation = hunt.violation {
        text +=
          "\ncaught: \(hunt.fault.phrase) — \(violation.what), after \(hunt.states) states\n\(Counterexample(violation).text)"
      } else {
        text += "\nMISSED: \(hunt.fault.phrase)\n"
      }
    }
    let caught = hunts.count { $0.violation != nil }
    return text + "\n\(caught) of \(hunts.count) seeded faults caught"
  }

  private struct Report: Encodable {
    struct Paced: Encodable {
      var hardware: String
      var states: Int
      var transitions: Int
      var longestReturn: Int
    }
    struct Found: Encodable {
      var what: String
      var counterexample: String
    }
    struct Fault: Encodable {
      var name: String
      var caught: Bool
      var what: String?
      var counterexample: String?
    }

    var states: Int
    var transitions: Int
    var violations: Int
    var seededFaults: Int
    var caught: Int
    var longestReturn: Int
    var hardware: [Paced]
    var found: [Found]
    var faults: [Fault]
  }

  static func json(_ wholes: [Exploration], _ hunts: [Hunt]) -> String {
    let violations = wholes.flatMap(\.violations)
    let report = Report(
      states: wholes.reduce(0) { $0 + $1.states }, transitions: wholes.reduce(0) { $0 + $1.transitions },
      violations: violations.count, seededFaults: hunts.count, caught: hunts.count { $0.violation != nil },
      longestReturn: wholes.map(\.longestReturn).max() ?? 0,
      hardware: wholes.map {
        .init(hardware: $0.pace.rawValue, states: $0.states, transitions: $0.transitions, longestReturn: $0.longestReturn)
      },
      found: violations.map { .init(what: $0.what, counterexample: Counterexample($0).text) },
      faults: hunts.map { hunt in
        .init(
          name: hunt.fault.rawValue, caught: hunt.violation != nil, what: hunt.violation?.what,
          counterexample: hunt.violation.map { Counterexample($0).text })
      })
    return jsonLine(report)
  }
}
