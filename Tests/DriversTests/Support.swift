import Foundation
import HAL
import Testing
import Units

@testable import Drivers

/// A board's end of the drivers: it waits, hands ready descriptors and due timers to one driver, and keeps what was said.
final class Bench {
  let host: DriverHost
  let events = EventQueue()
  let notes = Notes()

  final class Notes {
    var lines: [String] = []
  }

  static let source = EventSource(9)

  init() throws {
    let notes = notes
    host = DriverHost(
      reactor: try Reactor(signals: nil), events: events,
      log: BoardLog(trace: TraceSink(.none), sink: { notes.lines.append($0) }))
  }

  /// Lets pass what is ready now, without sleeping.
  func settle(_ ready: (Readiness) -> Void) {
    for _ in 0..<100 {
      _ = host.reactor.look()
      var isQuiet = true
      while let (source, readiness) = host.reactor.takeReady() {
        #expect(source == Bench.source)
        ready(readiness)
        isQuiet = false
      }
      if isQuiet { return }
    }
    Issue.record("a descriptor is ready again and again")
  }

  /// What was reported since.
  func reported() -> [String] {
    var names: [String] = []
    while let event = events.take() {
      switch event {
      case .edge(let line, let active, _): names.append("\(line) \(active ? "on" : "off")")
      case .deviceFailed(let error): names.append("\(error.part) \(error.cause)")
      case .batteryChanged(let reading): names.append("battery \(reading.charge.value) \(reading.isCharging)")
      case .thermalChanged(let temperature): names.append("thermal \(temperature.value)")
      default: names.append("\(event)")
      }
    }
    return names
  }
}
