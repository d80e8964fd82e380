import Testing
import Units

@testable import Wake

@Suite struct SoundLineTests {
  private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

  @Test func aLineThatIsNotKnownKeepsTheMicrophoneOn() {
    var line = SoundLine()
    line.rest(at: at(60_000))
    #expect(!line.isQuiet)
  }

  @Test func itIsQuietAPauseAfterTheLineWas() {
    var line = SoundLine()
    line.change(active: false, at: at(1_000))
    line.rest(at: at(2_999))
    #expect(!line.isQuiet)
    line.rest(at: at(3_000))
    #expect(line.isQuiet)
  }

  @Test func theFirstSoundEndsIt() {
    var line = SoundLine()
    line.change(active: false, at: at(0))
    line.rest(at: at(2_000))
    line.change(active: true, at: at(5_000))
    #expect(!line.isQuiet)
    line.rest(at: at(60_000))
    #expect(!line.isQuiet, "it is still active")
    line.change(active: false, at: at(60_000))
    line.rest(at: at(61_000))
    #expect(!line.isQuiet, "a pause between two words")
    line.change(active: true, at: at(61_500))
    line.change(active: false, at: at(61_501))
    line.rest(at: at(63_000))
    #expect(!line.isQuiet)
    line.rest(at: at(63_501))
    #expect(line.isQuiet)
  }

  /// Some chips tell of sound by a pulse.
  @Test func aPulseIsEnough() {
    var line = SoundLine()
    line.change(active: false, at: at(0))
    line.rest(at: at(2_000))
    line.change(active: true, at: at(3_000))
    line.change(active: false, at: at(3_001))
    #expect(!line.isQuiet)
  }
}
