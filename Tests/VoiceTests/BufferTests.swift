import HAL
import Testing
import Units

@testable import Voice

@Suite struct CaptureRingTests {
  private func ramp(_ range: Range<Int>) -> [Int16] { range.map { Int16(truncatingIfNeeded: $0) } }

  /// What `takeFrames` gives: first value, count and instant of each frame.
  private func take(_ ring: inout CaptureRing) -> [(Int16, Int, Instant)] {
    var frames: [(Int16, Int, Instant)] = []
    ring.takeFrames { frame, at in frames.append((frame[0], frame.count, at)) }
    return frames
  }

  @Test func theLastSecondBeforeTheWakeIsKeptWithItsTime() {
    var ring = CaptureRing(preRoll: .milliseconds(1_000))
    for block in 0..<30 {
      ring.append(ramp(block * 1_600..<(block + 1) * 1_600).span, firstSample: milliseconds(Int64(block) * 100))
    }
    ring.keepPreRoll()
    #expect(ring.count == 16_000)
    #expect(ring.duration == .milliseconds(1_000))
    #expect(ring.firstSample == milliseconds(2_000))
    let frames = take(&ring)
    #expect(frames.count == 50)
    #expect(frames[0].0 == Int16(truncatingIfNeeded: 32_000))
    #expect(frames[0].2 == milliseconds(2_000))
    #expect(frames[49].2 == milliseconds(2_980))
    #expect(ring.count == 0)
  }

  @Test func liveSoundFollowsThePreRollWithoutASeam() {
    var ring = CaptureRing(preRoll: .milliseconds(100))
    ring.append(ramp(0..<1_000).span, firstSample: .zero)
    ring.keepPreRoll()
    var frames = take(&ring)
    var next = 1_000
    while next < 5_000 {
      ring.append(ramp(next..<next + 100).span, firstSample: Instant(nanoseconds: Int64(next) * 62_500))
      frames += take(&ring)
      next += 100
    }
    #expect(frames.allSatisfy { $0.1 == 320 })
    #expect(frames.count * 320 + ring.count == 5_000)
    for (index, frame) in frames.enumerated() {
      #expect(frame.0 == Int16(index * 320))
      #expect(frame.2 == Instant(nanoseconds: Int64(index) * 20_000_000))
    }
  }

  @Test func lostSamplesBecomeZerosSoThatTimeStaysTrue() {
    var ring = CaptureRing(preRoll: .milliseconds(1_000))
    ring.append([Int16](repeating: 5, count: 320).span, firstSample: .zero)
    ring.append([Int16](repeating: 7, count: 320).span, firstSample: milliseconds(40), lost: 320)
    let frames = take(&ring)
    #expect(frames.map(\.0) == [5, 0, 7])
    #expect(frames.map(\.2) == [milliseconds(0), milliseconds(20), milliseconds(40)])
  }

  @Test func aRingWithoutPreRollStillCarriesFrames() {
    var ring = CaptureRing(preRoll: .zero)
    ring.append(ramp(0..<640).span, firstSample: .zero)
    #expect(take(&ring).count == 2)
    ring.append(ramp(0..<640).span, firstSample: .zero)
    ring.keepPreRoll()
    #expect(ring.count == 0 && ring.firstSample == nil)
  }
}

@Suite struct PlaybackQueueTests {
  private let frame = [Int16](repeating: 1, count: 480)

  /// A speaker that takes up to `room` samples per call.
  private func feed(_ queue: inout PlaybackQueue, room: Int = .max, pending: Int = 0) -> Int {
    var left = room
    return queue.feed(pending: pending) { samples in
      let taken = min(samples.count, left)
      left -= taken
      return taken
    }
  }

  @Test func soundStartsAtTheThreshold() {
    var queue = PlaybackQueue()
    #expect(queue.enqueue(frame.span) == 480)
    #expect(queue.enqueue(frame.span) == 480)
    #expect(!queue.canPlay)
    #expect(feed(&queue) == 0)
    _ = queue.enqueue(frame.span)
    #expect(feed(&queue) == 1_440)
    #expect(queue.written == 1_440 && queue.count == 0)
    _ = queue.enqueue(frame.span)
    #expect(feed(&queue, pending: 100) == 480)
  }

  @Test func aShortAnswerStartsAtItsEnd() {
    var queue = PlaybackQueue()
    _ = queue.enqueue(frame.span)
    queue.finish()
    #expect(queue.canPlay && !queue.isDone)
    #expect(feed(&queue) == 480)
    #expect(queue.isDone)
    #expect(queue.underruns == 0)
  }

  @Test func runningDryIsCountedOnceAndWaitsForTheThresholdAgain() {
    var queue = PlaybackQueue()
    for _ in 0..<3 { _ = queue.enqueue(frame.span) }
    _ = feed(&queue)
    #expect(feed(&queue, pending: 200) == 0)
    #expect(queue.underruns == 0)
    _ = feed(&queue, pending: 0)
    _ = feed(&queue, pending: 0)
    #expect(queue.underruns == 1)
    // Twice as much now.
    for _ in 0..<5 { _ = queue.enqueue(frame.span) }
    #expect(feed(&queue) == 0)
    _ = queue.enqueue(frame.span)
    #expect(feed(&queue) == 2_880)
  }

  @Test func heardIsWhatLeftTheSpeaker() {
    var queue = PlaybackQueue()
    for _ in 0..<10 { _ = queue.enqueue(frame.span) }
    #expect(feed(&queue, room: 2_400) == 2_400)
    #expect(queue.heard(pending: 2_400) == 0)
    #expect(queue.heard(pending: 1_200) == 1_200)
    #expect(queue.heardTime(pending: 1_200) == .milliseconds(50))
    #expect(queue.heard(pending: 9_999) == 0)
    queue.clear()
    #expect(queue.count == 0 && queue.queued == 0 && queue.heard(pending: 0) == 0 && !queue.isFinished)
  }

  @Test func orderSurvivesWrappingAndPartialWrites() {
    var queue = PlaybackQueue(startThreshold: .zero, capacity: .milliseconds(20))
    var random = SeededNumbers(state: 3)
    var next: Int16 = 0
    var expected: Int16 = 0
    for _ in 0..<500 {
      let block = (0..<Int.random(in: 0...300, using: &random)).map { _ in
        next &+= 1
        return next
      }
      let taken = queue.enqueue(block.span)
      next &-= Int16(block.count - taken)
      var room = Int.random(in: 0...300, using: &random)
      _ = queue.feed(pending: 1) { samples in
        let taken = min(samples.count, room)
        for index in 0..<taken {
          expected &+= 1
          #expect(samples[index] == expected)
        }
        room -= taken
        return taken
      }
    }
    #expect(queue.queued - queue.written == queue.count)
    #expect(queue.written > 10_000)
  }

  @Test func aSenderThatRunsAheadLosesNothing() {
    var queue = PlaybackQueue()
    var next: Int16 = 0
    func block() -> [Int16] {
      (0..<480).map { _ in
        next &+= 1
        return next
      }
    }
    var expected: Int16 = 0
    func take(_ room: Int) {
      var room = room
      _ = queue.feed(pending: 1) { samples in
        let taken = min(samples.count, room)
        for index in 0..<taken {
          expected &+= 1
          if samples[index] != expected { Issue.record("sample \(expected) is \(samples[index])") }
        }
        room -= taken
        return taken
      }
    }
    // Four times real time for 10 s of sound: the store wraps and grows several times.
    for _ in 0..<500 {
      #expect(queue.enqueue(block().span) == 480)
      take(120)
    }
    take(.max)
    #expect(queue.written == 240_000)
  }

  @Test func whatDoesNotFitIsRefusedNotOverwritten() {
    var queue = PlaybackQueue(capacity: .milliseconds(30))
    #expect(queue.enqueue(frame.span) == 480)
    #expect(queue.enqueue(frame.span) == 240)
    #expect(queue.enqueue(frame.span) == 0)
    #expect(queue.room == 0)
  }

  @Test func anErrorOfTheSpeakerPassesAndLosesNothing() {
    var queue = PlaybackQueue(startThreshold: .zero)
    _ = queue.enqueue(frame.span)
    #expect(throws: DeviceError.self) {
      _ = try queue.feed(pending: 0) { (_) throws(DeviceError) -> Int in throw DeviceError(.speaker, "write", .io) }
    }
    #expect(queue.count == 480)
    #expect(feed(&queue) == 480)
  }
}

@Suite struct ChimeTests {
  private func samples(_ chime: Chime) -> [Int16] {
    var result = [Int16](repeating: 99, count: chime.sampleCount)
    var span = result.mutableSpan
    #expect(chime.write(into: &span) == chime.sampleCount)
    return result
  }

  @Test(arguments: Chime.allCases) func tonesAreShortQuietAndWithoutClicks(chime: Chime) {
    let tone = samples(chime)
    #expect(chime.duration <= .milliseconds(400))
    #expect(tone.map { abs(Int($0)) }.max()! <= 3_277)
    #expect(tone.map { abs(Int($0)) }.max()! > 3_000)
    #expect(abs(Int(tone.first!)) < 10 && abs(Int(tone.last!)) < 10)
    // No step is steeper than a full-height sine of the highest note.
    let steepest = 3_277 * 2 * Double.pi * 1_318.51 / 24_000 * 1.02
    for index in 1..<tone.count { #expect(abs(Double(tone[index]) - Double(tone[index - 1])) <= steepest) }
    // The very beginning and end rise and fall by less than a thousandth of full scale per sample.
    for index in 1..<24 {
      #expect(abs(Int(tone[index]) - Int(tone[index - 1])) < 33)
      #expect(abs(Int(tone[tone.count - index]) - Int(tone[tone.count - index - 1])) < 33)
    }
  }

  @Test func theListeningCueStepsUpToItsNotes() {
    let tone = samples(.listening)
    #expect(toneShare(Array(tone[240..<960]), hertz: 659.26) > 0.9)
    #expect(toneShare(Array(tone[1_500..<2_600]), hertz: 987.77) > 0.9)
  }

  @Test func aShortSpanGetsTheBeginning() {
    var few = [Int16](repeating: 0, count: 100)
    var span = few.mutableSpan
    #expect(Chime.failure.write(into: &span) == 100)
    #expect(few.elementsEqual(samples(.failure)[..<100]))
    few.removeAll()
  }
}
