import Foundation
import Units
import Workloads

/// A long conversation with everything that can go wrong, from a seed: the same seed gives the same timeline.
///
/// The wearer asks, stops, interrupts, types, presses without a word, takes the glasses off and puts them on again; the network goes, comes back and is
/// bad; the host dies and is started; the glasses lose their power; the light fails; the battery runs low. Whatever was broken is mended after a
/// while, so that there is always something to come back to.
struct EnduranceTimeline {
  /// What is broken, and how often, for the report.
  private(set) var faults: [String: Int] = [:]
  private(set) var entries: [Scenario.Entry] = []
  private var random: SeededRandom
  /// When the next entry comes.
  private var at = Duration.seconds(1)
  /// In real time nothing can be put in the way of packets.
  private let isRealTime: Bool

  init(length: Duration, seed: UInt64, isRealTime: Bool = false) {
    random = SeededRandom(seed: seed)
    self.isRealTime = isRealTime
    add(.wear(true), after: .seconds(1))
    while at < length { step() }
    mend()
  }

  /// Between two questions.
  private static let pause = Duration.seconds(4)...Duration.seconds(25)

  private mutating func add(_ stimulus: ScenarioStimulus?, after time: Duration) {
    entries.append(Scenario.Entry(.at(at), stimulus))
    at += time
  }

  private mutating func step() {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<50: ask()
    case 50..<58: interrupt()
    case 58..<64: stop()
    case 64..<70: type()
    case 70..<74: add(.press(.milliseconds(80)), after: pause())
    case 74..<77: takeOff()
    case 77..<82: outage()
    case 82..<87: weather()
    case 87..<90: networkDown()
    case 90..<94: hostDies()
    case 94..<95: glassesDie()
    case 95..<97: lightFails()
    default: batteryRunsLow()
    }
  }

  private mutating func pause() -> Duration { random.duration(Self.pause) }

  private mutating func count(_ fault: String) { faults[fault, default: 0] += 1 }

  private mutating func sound(_ range: ClosedRange<Int>) -> ScenarioStimulus {
    .say("tone:\(Int.random(in: range, using: &random) * 100)ms")
  }

  // MARK: The wearer

  private mutating func ask(for time: Duration? = nil) {
    add(.press(.milliseconds(80)), after: .milliseconds(300))
    let length = Int.random(in: 5...60, using: &random)
    add(.say("tone:\(length * 100)ms"), after: .milliseconds(length * 100))
    at += time ?? pause()
  }

  /// Speaks again, or presses twice, while the answer may be under way.
  private mutating func interrupt() {
    count("interruption")
    ask(for: random.duration(.milliseconds(200)...(.seconds(4))))
    if Bool.random(using: &random) {
      add(sound(8...25), after: pause())
    } else {
      add(.press(.milliseconds(80)), after: .milliseconds(150))
      ask()
    }
  }

  private mutating func stop() {
    count("stop")
    ask(for: random.duration(.zero...(.seconds(3))))
    add(.press(.milliseconds(80)), after: pause())
  }

  private mutating func type() {
    add(.type("What time is it?"), after: pause())
  }

  private mutating func takeOff() {
    count("taken off")
    ask(for: random.duration(.zero...(.seconds(2))))
    add(.wear(false), after: random.duration(.seconds(1)...(.seconds(20))))
    add(.wear(true), after: .seconds(2))
  }

  // MARK: Faults

  private mutating func outage() {
    guard !isRealTime else { return networkDown() }
    count("outage")
    ask(for: .zero)
    at -= random.duration(.zero...(.seconds(3)))
    at = max(at, lastInstant)
    add(.outage, after: random.duration(.milliseconds(300)...(.seconds(25))))
    add(.network(up: true), after: pause())
  }

  private var lastInstant: Duration {
    if case .at(let time)? = entries.last?.anchor { time } else { .zero }
  }

  private mutating func weather() {
    guard !isRealTime else { return ask() }
    count("bad weather")
    let weather = NetworkWeather(
      delay: random.duration(.milliseconds(5)...(.milliseconds(500))), jitter: random.duration(.zero...(.milliseconds(100))),
      lossPerMille: Int.random(in: 0...100, using: &random),
      rate: Bool.random(using: &random) ? 0 : Int.random(in: 3...40, using: &random) * 1_000)
    add(.weather(weather), after: .seconds(1))
    for _ in 0..<3 { ask() }
    add(.weather(NetworkWeather(delay: .milliseconds(5))), after: .seconds(1))
  }

  private mutating func networkDown() {
    count("network down")
    ask(for: .zero)
    add(.network(up: false), after: random.duration(.seconds(1)...(.seconds(30))))
    if Bool.random(using: &random) { ask() }
    add(.network(up: true), after: pause())
  }

  private mutating func hostDies() {
    count("host killed")
    ask(for: random.duration(.zero...(.seconds(3))))
    add(.host(.kill), after: random.duration(.seconds(1)...(.seconds(20))))
    for _ in 0..<Int.random(in: 0...3, using: &random) { ask() }
    // Now and then for longer than a question is kept.
    let isLong = !isRealTime && Int.random(in: 0..<8, using: &random) == 0
    at += isLong ? .seconds(720) : random.duration(.seconds(1)...(.seconds(30)))
    add(.host(.start), after: pause())
  }

  private mutating func glassesDie() {
    count("glasses killed")
    ask(for: random.duration(.zero...(.seconds(2))))
    add(.glasses(.kill), after: .seconds(2))
    add(.glasses(.start), after: .seconds(2))
    add(.wear(true), after: .seconds(2))
  }

  private mutating func lightFails() {
    count("light stuck")
    add(.indicator(stuck: true), after: .seconds(1))
    ask()
    add(.indicator(stuck: false), after: .seconds(1))
  }

  private mutating func batteryRunsLow() {
    count("battery low")
    add(.battery(Int.random(in: 6...20, using: &random)), after: .seconds(1))
    for _ in 0..<2 { ask() }
    add(.battery(80), after: .seconds(1))
  }

  /// The last minutes have nothing in the way, so that what waits can be seen to come to its end.
  private mutating func mend() {
    for stimulus: ScenarioStimulus in [.network(up: true), .indicator(stuck: false), .battery(80), .wear(true)] {
      add(stimulus, after: .seconds(1))
    }
  }
}
