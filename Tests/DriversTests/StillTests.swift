import HAL
import Testing
import Units

@testable import Drivers

/// The arithmetic of a still: lost frames, settled exposure, what is done about faults.
@Suite struct StillTests {
  // MARK: Sequence

  @Test func missingNumbersAreLostFrames() {
    var sequence = FrameSequence()
    for number: UInt32 in [5, 6, 9, 10] { sequence.take(number) }
    #expect(sequence.frames == 4)
    #expect(sequence.lost == 2)
  }

  @Test func theNumbersGoRound() {
    var sequence = FrameSequence()
    sequence.take(UInt32.max - 1)
    #expect(sequence.take(UInt32.max) == 0)
    #expect(sequence.take(0) == 0)
    #expect(sequence.take(2) == 1)
    #expect(sequence.setbacks == 0)
  }

  @Test func aNewStreamAndADriverThatBeginsAnewLoseNothing() {
    var sequence = FrameSequence()
    sequence.take(100)
    sequence.restart()
    #expect(sequence.take(0) == 0)
    #expect(sequence.take(50) == 49)
    #expect(sequence.take(3) == 0)
    #expect(sequence.take(3) == 0)
    #expect(sequence.lost == 49)
    #expect(sequence.setbacks == 2)
  }

  // MARK: Exposure

  private func skipped(_ measures: [Int], _ limits: ExposureSettling.Limits = .usual) -> Int? {
    var settling = ExposureSettling(limits: limits)
    for (index, measure) in measures.enumerated() where settling.take(measure) { return index }
    return nil
  }

  @Test func theFirstFrameAfterTwoSteadyStepsIsThePicture() {
    // 1000 → 990 is within a sixteenth, 500 → 800 is not.
    #expect(skipped([100, 500, 800, 1000, 990, 995, 995]) == 5)
    #expect(skipped([1000, 1000, 1000, 1000]) == 2)
  }

  @Test func oneSteadyStepIsNotEnough() {
    #expect(skipped([500, 500, 900, 900, 1400, 1400, 1400]) == 6)
  }

  @Test func aFlickeringSceneGivesAPictureToo() {
    #expect(skipped((0..<20).map { $0 % 2 == 0 ? 100 : 200 }) == 12)
    #expect(skipped([7], .none) == 0)
    #expect(skipped([5, 5, 5, 5, 5], ExposureSettling.Limits(least: 4, most: 12)) == 4)
  }

  // MARK: Faults

  @Test func aFewDamagedFramesAreSkipped() {
    var attempt = StillAttempt()
    for _ in 0..<7 { #expect(attempt.frameWasDamaged() == false) }
    attempt.frameCame()
    for _ in 0..<7 { #expect(attempt.frameWasDamaged() == false) }
    #expect(attempt.frameWasDamaged() == true)
  }

  @Test func aFaultRestartsTheStreamThenReopensThenFails() {
    for cause in [FailureCause.io, .timedOut, .malformed, .unsupported] {
      var attempt = StillAttempt()
      #expect(attempt.failed(cause, isOpen: true) == .restartStream)
      #expect(attempt.failed(cause, isOpen: true) == .reopen)
      #expect(attempt.failed(cause, isOpen: true) == .fail)
    }
  }

  @Test func aDeviceThatIsGoneIsLookedForOnce() {
    for cause in [FailureCause.removed, .absent] {
      var attempt = StillAttempt()
      #expect(attempt.failed(cause, isOpen: true) == .reopen)
      #expect(attempt.failed(.absent, isOpen: false) == .fail)
    }
  }

  @Test func whatDoesNotGoAwayIsNotTriedAgain() {
    for cause in [FailureCause.busy, .forbidden, .refused, .full] {
      var attempt = StillAttempt()
      #expect(attempt.failed(cause, isOpen: true) == .fail)
    }
    var attempt = StillAttempt()
    #expect(attempt.failed(.unsupported, isOpen: false) == .fail)
  }

  /// Whatever fails in whatever order, an attempt ends.
  @Test func everyAttemptEnds() {
    let causes: [FailureCause] = [.io, .removed, .timedOut, .absent, .malformed, .unsupported]
    for first in causes {
      for second in causes {
        for third in causes {
          var attempt = StillAttempt()
          let remedies = [first, second, third].map { attempt.failed($0, isOpen: true) }
          #expect(remedies.contains(.fail), "\(first), \(second), \(third)")
        }
      }
    }
  }
}
