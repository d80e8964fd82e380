import Engagement
import HAL
import Power
import Units

/// The control port (docs/control.md): clients that look at the glasses, and hold leases.
extension Glasses {
  func handle(_ event: ControlEvent, at now: Instant) {
    switch event {
    case .opened(let place, let process): control.open(place, process: process)
    case .readable(let place): readControl(place, at: now)
    case .writable(let place): _ = sendControl(place)
    case .ended(let place):
      control[place]?.hasEnded = true
      _ = sendControl(place)
    }
  }

  private func readControl(_ place: Int, at now: Instant) {
    guard let port = board.control else { return }
    var bytes = InlineArray<256, UInt8>(repeating: 0)
    var span = bytes.mutableSpan
    let count = port.receive(from: place, into: &span)
    for index in 0..<count {
      switch control[place]?.take(bytes[index]) {
      case .success(let request)?: answer(request, of: place, at: now)
      case .failure(let refusal)?: control[place]?.refuse(refusal)
      case nil: break
      }
      // What it asked for is on its way before it asks for more.
      if sendControl(place) { return }
    }
  }

  private func answer(_ request: ControlRequest, of place: Int, at now: Instant) {
    switch request {
    case .status: sayStatus(to: place, at: now)
    case .explain: explain(at: now) { control[place]?.say($0) }
    case .wakeups: control[place]?.say { $0.add("wakeups", board.wakeups) }
    case .follow: control[place]?.isFollowing = true
    case .lease, .release:
      if let refusal = control.adjust(request, of: place, isThere: isAvailable) {
        control[place]?.refuse(refusal)
        return
      }
    }
    control[place]?.sayDone()
  }

  private func isAvailable(_ part: Part) -> Bool {
    switch part {
    case .speaker: board.speaker != nil && !conductor.broker.hasFailed(.speaker)
    case .processor: true
    case .camera, .microphone, .display, .link, .indicator, .pins, .battery, .thermal, .storage, .motion: false
    }
  }

  private func sayStatus(to place: Int, at now: Instant) {
    let battery = readBattery(at: now)
    control[place]?.say {
      $0.add("now_us", now.nanoseconds / 1000)
      $0.add("state", state.name)
      $0.add("since_us", ledger.stateSince.nanoseconds / 1000)
      $0.add("turn", engagement.turn)
      $0.add("worn", engagement.isWorn)
      $0.add("paired", isPaired)
      $0.add("link_up", isSessionOpen)
      if let battery {
        $0.add("battery_percent", battery.charge.value)
        $0.add("charging", battery.isCharging)
      }
      $0.add("wakeups", board.wakeups)
    }
  }

  // MARK: Telling

  /// Sends what waits, and lets those go that do not read; true when one went. The last thing of a step.
  func sendControl() -> Bool {
    guard control.takeTouch() else { return false }
    var hasGone = false
    for place in 0..<ControlPlaces.count { hasGone = sendControl(place) || hasGone }
    return hasGone
  }

  /// True when the client is gone: it has left, or it does not read.
  private func sendControl(_ place: Int) -> Bool {
    guard control[place] != nil, let port = board.control else { return false }
    control.send(place) { port.send(to: place, $0) }
    guard let client = control[place], client.hasEnded || client.waiting > ControlClient.mostWaiting else { return false }
    port.close(place)
    control.close(place)
    return true
  }

  /// An event for whoever follows.
  func tellFollowers(_ name: StaticString, at now: Instant, _ fields: (inout JSONFields) -> Void) {
    guard control.isFollowed else { return }
    for place in 0..<ControlPlaces.count where control[place]?.isFollowing ?? false {
      control[place]?.say {
        $0.add("event", name)
        $0.add("now_us", now.nanoseconds / 1000)
        fields(&$0)
      }
    }
  }

  /// The part failed: nobody holds it any more, and whoever did is told.
  func dropControlLeases(on part: Part, at now: Instant) {
    control.drop(part) { _, client in
      client.say {
        $0.add("event", "lease_lost")
        $0.add("now_us", now.nanoseconds / 1000)
        $0.add("part", part.name)
      }
    }
  }
}
