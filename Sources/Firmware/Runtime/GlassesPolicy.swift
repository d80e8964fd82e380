import Engagement
import HAL
import Overlay
import Units
import Voice

/// The glasses are about to switch themselves off.
struct PowerOff: Sendable {
  var ending: Ending
  /// When the last word has been shown long enough.
  var due: Instant
}

extension Glasses {
  /// How long the last word stands before the glasses switch themselves off: long enough to be read, short beside what is left in a
  /// battery of the shutdown stage.
  static var lastWord: Duration { .seconds(4) }

  /// Brings what is true at the start to the policy, before anything else can happen.
  func beginPolicy(worn: Bool, at now: Instant) {
    policy.isWorn = worn
    if policy.isHeld {
      switchPrivacyLine(at: now)
      tracer.instant("privacy_on", .log, at: now)
    }
    if let reading = readBattery(at: now) {
      policy.battery(reading)
      deferred.battery(reading)
    }
    if let reading = readTemperature(at: now) {
      policy.thermal(reading)
      deferred.thermal(reading)
    }
    reconsider(at: now)
  }

  /// Lets the policy look at the hour, and lets everything follow that it has changed its mind about. The hour has no timer: it is looked
  /// at whenever something wakes the glasses, and while they listen locally the sound does.
  func reconsider(at now: Instant) {
    let wasQuiet = policy.isQuiet
    policy.time(wallClock.time(at: now))
    if policy.isQuiet != wasQuiet { tracer.instant(policy.isQuiet ? "quiet_begins" : "quiet_ends", .log, at: now) }
    let (battery, thermal) = (policy.batteryStage, policy.thermalStage)
    if battery != tracedBattery {
      tracedBattery = battery
      tracer.instant(battery.mark, .log, at: now)
    }
    if thermal != tracedThermal {
      tracedThermal = thermal
      tracer.instant(thermal.mark, .log, at: now)
    }
    _ = news.note(battery, thermal)
    if policy.mustEnd && powerOff == nil && ending == nil { beginPowerOff(at: now) }
    if !policy.mustEnd && powerOff != nil { stayOn(at: now) }
    guard policy.permissions != permissions else { return }
    permissions = policy.permissions
    conductor.post(.permitted(permissions))
  }

  private func readTemperature(at now: Instant) -> DeciCelsius? {
    guard let thermal = board.thermal else { return nil }
    do throws(DeviceError) {
      return try thermal.read()
    } catch {
      report(error, at: now)
      return nil
    }
  }

  // MARK: Told once

  /// The wearer has just used the glasses: what is new about battery and temperature is told now, within the budget of the overlay, or
  /// another time. Where the display may not be used a short tone stands for it.
  func tellNews(at now: Instant) {
    guard let notice = news.next, engagement.isWorn, !policy.isQuiet else { return }
    let text = Phrases.card(for: notice)
    if engagement.permissions.display && board.display != nil {
      let card = Card(.notice, title: text.title, body: text.body)
      show(card, at: now)
      guard overlay.card == card else { return }
    } else {
      play(.power, at: now)
    }
    news.told()
    tracer.log(text.body, at: now)
  }

  // MARK: Switching off

  /// Ends what goes on, says why, and switches off when that has been read. Nobody is disturbed who would not see it.
  private func beginPowerOff(at now: Instant) {
    let ending = policy.batteryStage == .shutdown ? Ending.batteryEmpty : .tooHot
    let text = Phrases.lastWord(ending)
    tracer.log(text.body, at: now)
    conductor.post(.shutdown)
    settle(at: now)
    let isSeen = policy.isWorn && !policy.isQuiet
    powerOff = PowerOff(ending: ending, due: isSeen ? now + Self.lastWord : now)
    guard isSeen else { return }
    handle(.watched(true), at: now)
    show(Card(.notice, title: text.title, body: text.body, isAsked: true), at: now)
    play(.power, at: now)
  }

  /// The charger came, or it cooled down, in the last moment.
  private func stayOn(at now: Instant) {
    powerOff = nil
    dismissCards(at: now)
    conductor.post(.worn(policy.isWorn))
  }
}

extension BatteryStage {
  /// The mark of the trace for entering it.
  fileprivate var mark: StaticString {
    switch self {
    case .normal: "battery_normal"
    case .low: "battery_low"
    case .critical: "battery_critical"
    case .shutdown: "battery_shutdown"
    }
  }
}

extension ThermalStage {
  /// The mark of the trace for entering it.
  fileprivate var mark: StaticString {
    switch self {
    case .normal: "thermal_normal"
    case .warm: "thermal_warm"
    case .hot: "thermal_hot"
    case .shutdown: "thermal_shutdown"
    }
  }
}
