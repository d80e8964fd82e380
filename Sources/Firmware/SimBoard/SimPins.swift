import Drivers
import HAL
import Units

/// The pins of the simulated board: a button, a wear sensor, a line that is active while there is a sound in the scene, an indicator whose light is read back, and a privacy line.
public final class SimPins: Pins {
  /// The light burns from the end of its rise to the end of its fall.
  let supply: Supply
  private let hub: Hub
  private var levels = [false, false, false]
  /// When the last sound of the scene is over.
  private var soundEnd = Instant.zero
  private var isSoundWanted = false
  private var silence = Appointment<Due>()
  /// The level of the privacy line.
  public private(set) var isPrivate = false
  private var release = Appointment<Due>()
  /// A stuck indicator stays dark whatever it is set to; its read-back tells.
  public internal(set) var isIndicatorStuck = false

  init(hub: Hub, supply: Supply) {
    self.hub = hub
    self.supply = supply
  }

  public func has(_ line: InputLine) -> Bool { true }
  public func has(_ line: OutputLine) -> Bool { true }

  public func level(of line: InputLine) throws(DeviceError) -> Bool { levels[Int(line.rawValue)] }

  public func attend(_ line: InputLine, _ wanted: Bool) {
    guard line == .sound, isSoundWanted != wanted else { return }
    isSoundWanted = wanted
    silence.cancel(on: &hub.agenda)
    levels[Int(InputLine.sound.rawValue)] = wanted && hub.now() < soundEnd
    if wanted { awaitSilence() }
  }

  /// A sound begins, and lasts until then.
  func hear(until end: Instant) {
    soundEnd = max(soundEnd, end)
    guard isSoundWanted else { return }
    bring(.sound, to: true)
    awaitSilence()
  }

  private func awaitSilence() {
    guard soundEnd > hub.now() else { return }
    silence.set(.silence, at: soundEnd, on: &hub.agenda)
  }

  func silenceDue() {
    silence.met()
    bring(.sound, to: false)
  }

  public func set(_ line: OutputLine, active: Bool) throws(DeviceError) {
    switch line {
    case .indicator: supply.bring(up: active)
    case .privacy: isPrivate = active
    }
  }

  public func readBack(_ line: OutputLine) throws(DeviceError) -> Bool {
    switch line {
    case .indicator: supply.isOnAtAll && !isIndicatorStuck
    case .privacy: isPrivate
    }
  }

  /// Brings an input to a level. Nothing is reported when it is there already.
  func bring(_ line: InputLine, to active: Bool) {
    if line == .button { release.cancel(on: &hub.agenda) }
    guard levels[Int(line.rawValue)] != active else { return }
    levels[Int(line.rawValue)] = active
    hub.post(.edge(line, active: active, at: hub.now()))
  }

  func press(for time: Duration) {
    bring(.button, to: true)
    release.set(.buttonUp, at: hub.now() + time, on: &hub.agenda)
  }

  func buttonUpDue() {
    release.met()
    bring(.button, to: false)
  }
}
