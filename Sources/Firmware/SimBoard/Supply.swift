import Drivers
import HAL
import Units

/// What a simulated part needs to come up and to go down, as the board file says, and where it is on its way.
///
/// One that is told the other way while it moves takes the whole time of that way: too long rather than too short.
final class Supply {
  private let hub: Hub
  private let part: Part
  private let rise: Duration
  private let fall: Duration
  private var arrival = Appointment<Due>()
  /// Where it was told to go.
  private(set) var isWantedUp = false

  /// The steps above the first, such as from listening locally to streaming, take no time of the simulated part.
  init(hub: Hub, part: Part, figures: PowerFigures) {
    self.hub = hub
    self.part = part
    rise = figures.rise(of: part, level: 1)
    fall = figures.fall(of: part, level: 3)
  }

  /// False for a part that is up at once, and so at all times.
  var takesTime: Bool { rise > .zero }
  var riseTime: Duration { rise }

  var hasSettled: Bool { arrival.due == nil }
  /// Whether it is of use.
  var isUp: Bool { isWantedUp && hasSettled }

  /// Whether it shows: also on its way down.
  var isOnAtAll: Bool { isWantedUp ? hasSettled : !hasSettled }

  func bring(up: Bool) {
    guard up != isWantedUp else { return }
    isWantedUp = up
    hub.withdraw { if case .settled(let other) = $0 { other == part } else { false } }
    arrival.cancel(on: &hub.agenda)
    let time = up ? rise : fall
    if time > .zero { arrival.set(.settled(part), at: hub.now() + time, on: &hub.agenda) }
  }

  func due() {
    arrival.met()
    hub.post(.settled(part))
  }
}
