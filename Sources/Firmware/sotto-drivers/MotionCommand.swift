import CLinux
import Drivers
import HAL
import Units

/// `sotto-drivers motion`.
struct MotionCommand {
  private var name = ""
  private var wiring = MotionWiring()
  private var seconds = 5
  private var enough = Int.max
  private var cycles = 1

  init(_ words: inout Words) throws(ArgumentError) {
    while let word = words.next() {
      if word.matches("--device") {
        name = try words.value(of: word)
      } else if word.matches("--tap-event") {
        wiring.tapEvent = try words.value(of: word)
        guard MotionEventName(wiring.tapEvent) != nil else {
          throw ArgumentError(
            text: "--tap-event takes an event of the device's folder events without _en, such as in_accel_gesture_doubletap, not "
              + wiring.tapEvent)
        }
      } else if word.matches("--tilt") {
        wiring.tilt = try words.number(of: word, 10...60)
      } else if word.matches("--side") {
        wiring.sideAxis = try Self.axis(try words.value(of: word))
      } else if word.matches("--seconds") {
        seconds = try words.number(of: word, 1...3600)
      } else if word.matches("--taps") {
        enough = try words.number(of: word, 1...1000)
      } else if word.matches("--cycles") {
        cycles = try words.number(of: word, 1...100_000)
      } else {
        throw ArgumentError(text: "unknown option " + word)
      }
    }
  }

  private static func axis(_ text: String) throws(ArgumentError) -> MotionWiring.Axis {
    for axis in MotionWiring.Axis.allCases where text.matches(axis.name) { return axis }
    throw ArgumentError(text: "--side takes x, y or z, not " + text)
  }

  // MARK: Trying

  private struct Moment {
    var isTap: Bool
    var after: Duration
  }

  private struct Outcome {
    var cycles = 0
    /// Of the last cycle.
    var moments: [Moment] = []
    var others: UInt64 = 0
    var wakeups: UInt64 = 0
    var failure: DeviceError?
  }

  /// Whether all went well.
  func run() -> Bool {
    if name.utf8.isEmpty { return list() }
    var outcome = Outcome()
    var leftovers = Leftovers()
    do throws(DeviceError) {
      let loop = try DeviceLoop { complain($0) }
      for _ in 0..<cycles {
        try cycle(loop, &outcome)
        outcome.cycles += 1
        leftovers.cycleEnded()
      }
      outcome.wakeups = loop.host.reactor.wakeups
    } catch {
      outcome.failure = error
    }
    report(outcome, leftovers)
    return outcome.failure == nil
  }

  /// Listens until the taps that are enough have come, or the time is over.
  private func cycle(_ loop: DeviceLoop, _ outcome: inout Outcome) throws(DeviceError) {
    let source = loop.makeSource()
    let sensor = try MotionSensor(host: loop.host, source: source, name: name, wiring: wiring)
    guard sensor.isThere else { throw DeviceError(.motion, "open", .absent) }
    loop.connect(source, ready: { sensor.descriptorReady($0) }, due: { sensor.timerDue() })
    defer { loop.disconnect(source) }
    if wiring.tilt != nil { try sensor.watchTilt() }
    let begun = loop.now()
    outcome.moments.removeAll(keepingCapacity: true)
    while sensor.taps < enough, let event = loop.next(before: begun + .seconds(seconds)) {
      switch event {
      case .tapped(let at): outcome.moments.append(Moment(isTap: true, after: at - begun))
      case .tilted(let at): outcome.moments.append(Moment(isTap: false, after: at - begun))
      case .deviceFailed(let error): throw error
      default: continue
      }
    }
    outcome.others += sensor.others
  }

  private func report(_ outcome: Outcome, _ leftovers: Leftovers) {
    var report = Report("motion")
    report.add("name", text: name)
    report.add("cycles", outcome.cycles)
    report.add("events", list: outcome.moments.count) { index, text in
      text.append(outcome.moments[index].isTap ? "{\"event\":\"tap\",\"after_ms\":" : "{\"event\":\"tilt\",\"after_ms\":")
      text.append(thousandths: outcome.moments[index].after.microseconds)
      text.append("}")
    }
    report.add("other_events", outcome.others)
    report.add("wakeups", outcome.wakeups)
    leftovers.add(to: &report)
    report.add("failure", outcome.failure)
    report.print()
  }

  // MARK: Listing

  private func list() -> Bool {
    let devices = MotionDevices.list()
    var report = Report("motion")
    report.add("devices", list: devices.count) { index, text in
      let device = devices[index]
      text.append("{\"device\":")
      text.append(jsonString: device.device)
      text.append(",\"name\":")
      text.append(jsonString: device.name)
      text.append(",\"label\":")
      text.append(jsonString: device.label)
      text.append(
        device.readsAcceleration ? ",\"reads_acceleration\":true,\"events\":[" : ",\"reads_acceleration\":false,\"events\":[")
      for number in device.events.indices {
        if number > 0 { text.append(",") }
        text.append(jsonString: device.events[number])
      }
      text.append("]}")
    }
    report.print()
    return true
  }
}
