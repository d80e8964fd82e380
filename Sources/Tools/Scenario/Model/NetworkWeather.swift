import BoardFile

/// What the modelled network is like from now on: `network: {delay: 80ms, jitter: 20ms, loss: 5 %, rate: 64 kbit/s}`.
public struct NetworkWeather: Sendable, Equatable {
  public var delay: Duration
  public var jitter: Duration
  public var lossPerMille: Int
  /// Bytes a second; 0 for as many as there are.
  public var rate: Int

  init(delay: Duration, jitter: Duration = .zero, lossPerMille: Int = 0, rate: Int = 0) {
    self.delay = delay
    self.jitter = jitter
    self.lossPerMille = lossPerMille
    self.rate = rate
  }

  init(_ node: StrictNode) throws(ScenarioError) {
    let entries = try node.entries(["delay", "jitter", "loss", "rate"])
    delay = try Self.time(entries["delay"], orElse: .milliseconds(4))
    jitter = try Self.time(entries["jitter"], orElse: .zero)
    lossPerMille = 0
    rate = 0
    if let loss = entries["loss"] {
      let text = try loss.text()
      guard let number = Self.number(text, unit: "%"), number >= 0, number <= 50 else {
        throw loss.error("\"\(text)\" is not a share of lost packets from 0 % to 50 %, such as `2.5 %`")
      }
      lossPerMille = Int((number * 10).rounded())
    }
    if let entry = entries["rate"] {
      let text = try entry.text()
      guard let number = Self.number(text, unit: "kbit/s"), number >= 8, number <= 8_000_000 else {
        throw entry.error("\"\(text)\" is not a rate from 8 kbit/s on, such as `64 kbit/s`")
      }
      rate = Int(number * 125)
    }
  }

  private static func time(_ node: StrictNode?, orElse usual: Duration) throws(ScenarioError) -> Duration {
    guard let node else { return usual }
    let time = try node.duration()
    guard time >= .zero, time <= .seconds(10) else { throw node.error("is at most 10 s") }
    return time
  }

  private static func number(_ text: String, unit: String) -> Double? {
    guard text.hasSuffix(unit) else { return nil }
    return Double(text.dropLast(unit.count).filter { $0 != " " })
  }

  var phrase: String {
    "network: delay \(delay.milliseconds) ms, jitter \(jitter.milliseconds) ms, loss \(lossPerMille) per mille"
      + (rate > 0 ? ", \(rate) bytes/s" : "")
  }
}
