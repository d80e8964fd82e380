import Engagement
import HAL
import Power
import Units
import Wake

extension Glasses {
  /// Hardware tells of sound, and the board's maker wants the microphone to wait for it.
  private var hasSoundLine: Bool { description.listening.wakesOnSound && board.pins.has(.sound) }

  /// Armed glasses listen first, and go quiet when there is nothing to hear; in every other state sound concerns nobody.
  func watchSound(from before: EngagementState, at now: Instant) {
    guard hasSoundLine else { return }
    if before == .armed {
      board.pins.attend(.sound, false)
      sound = SoundLine()
    }
    if engagement.state == .armed {
      board.pins.attend(.sound, true)
      lookAtSoundLine(at: now)
    }
  }

  /// Asks for the line's level. A line that cannot be read tells of no silence either: the microphone listens as if there were none.
  func lookAtSoundLine(at now: Instant) {
    guard hasSoundLine, engagement.state == .armed else { return }
    do throws(DeviceError) {
      sound.change(active: try board.pins.level(of: .sound), at: now)
    } catch {
      sound.change(active: true, at: now)
    }
  }

  /// Neither the line nor the wake word's gate hears anything but the background: the microphone is not needed until the line tells of sound.
  func considerQuiet(at now: Instant) {
    guard hasSoundLine, engagement.state == .armed, listener?.attention ?? .nothing == .nothing else { return }
    sound.rest(at: now)
  }
}
