import Engagement
import HAL
import Overlay
import Units
import Voice

/// The privacy hold: microphone and camera stay off until the wearer takes it back. It is stored, so that it survives a restart: its record
/// is there exactly while it holds, whatever stands in it.
enum PrivacyHold {
  static var recordName: StaticString { "privacy-hold" }
}

extension Glasses {
  /// Whether the hold was on when the glasses were last running.
  static func loadPrivacyHold(from storage: B.StorageDevice) throws(StartFailure) -> Bool {
    do throws(DeviceError) {
      return try storage.load(PrivacyHold.recordName) != nil
    } catch {
      throw .storage(error)
    }
  }

  /// Privacy on, or off. Glasses that know no host have nobody to keep anything from; with them a long press is on its way to pairing, and only
  /// ends a hold.
  func togglePrivacy(at now: Instant) {
    guard policy.isHeld || pairedHost != nil else { return }
    setPrivacy(!policy.isHeld, at: now)
  }

  /// The button has been down for longer: pairing, when there is a use for it. What the press did on its way is taken back.
  func longestPress(at now: Instant) {
    guard pairedHost == nil || !hasHost else {
      tracer.log("The glasses are paired, and their host answers: nothing to pair.", at: now)
      return
    }
    if policy.isHeld != wasHeldBeforePress { setPrivacy(wasHeldBeforePress, at: now) }
    conductor.post(.hold)
  }

  private func setPrivacy(_ isOn: Bool, at now: Instant) {
    policy.isHeld = isOn
    storePrivacy(at: now)
    switchPrivacyLine(at: now)
    tracer.instant(isOn ? "privacy_on" : "privacy_off", .log, at: now)
    reconsider(at: now)
    // What it ends takes its card and its sound with it.
    settle(at: now)
    guard engagement.isWorn, engagement.state != .pairing else { return }
    let text = Phrases.privacy(isOn, gesture: description.gestures.privacyGesture)
    show(Card(.notice, title: text.title, body: text.body, isAsked: true), at: now)
    play(isOn ? .privacyOn : .privacyOff, at: now)
  }

  /// A hold that cannot be stored still holds, until a restart.
  private func storePrivacy(at now: Instant) {
    do throws(DeviceError) {
      if policy.isHeld {
        let record = [UInt8(1)]
        try board.storage.save(PrivacyHold.recordName, record.span)
      } else {
        try board.storage.remove(PrivacyHold.recordName)
      }
    } catch {
      report(error, at: now)
    }
  }

  /// The indicator of its own, where the board has one.
  func switchPrivacyLine(at now: Instant) {
    guard board.pins.has(OutputLine.privacy) else { return }
    do throws(DeviceError) {
      try board.pins.set(.privacy, active: policy.isHeld)
    } catch {
      report(error, at: now)
    }
  }
}
