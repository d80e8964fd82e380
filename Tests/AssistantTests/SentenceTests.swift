import Testing

@testable import Assistant

@Suite struct CuttingSentences {
  private func pieces(_ tokens: [String], _ opening: Sentences.Opening = .clause) -> [String] {
    var cutter = Sentences.Cutter(opening: opening)
    return tokens.flatMap { cutter.add($0) } + [cutter.finish()].compactMap { $0 }
  }

  @Test func aFirstClauseDoesNotWaitForItsSentence() {
    var cutter = Sentences.Cutter()
    #expect(cutter.add("The train leaves at nine, ") == ["The train leaves at nine,"])
    #expect(cutter.add("and it is late, as it often is. It") == ["and it is late, as it often is."])
    #expect(cutter.finish() == "It")
    #expect(cutter.finish() == nil)
  }

  @Test func aConjunctionEndsAFirstClauseToo() {
    #expect(pieces(["You can take the bus but it is slow."]) == ["You can take the bus", "but it is slow."])
    // Not after too little to be spoken alone.
    #expect(pieces(["Yes, and so on."]) == ["Yes, and so on."])
    #expect(pieces(["Salt and pepper, please."]) == ["Salt and pepper,", "please."])
  }

  @Test func tokensMayEndAnywhere() {
    #expect(
      pieces(["It is 3", ".", "5 deg", "rees. Dr", ". No sa", "ys so.", " "]) == ["It is 3.5 degrees.", "Dr. No says so."])
  }

  @Test func laterSentencesStayWhole() {
    #expect(pieces(["One. Two, three and four, five."]) == ["One.", "Two, three and four, five."])
    #expect(Sentences.of("First this, then that. Last.") == ["First this, then that.", "Last."])
  }

  @Test func whatIsTooLongIsCutBetweenWords() {
    let long = Array(repeating: "word", count: 80).joined(separator: " ")
    let cut = Sentences.of(long)
    #expect(cut.count == 3 && cut.allSatisfy { $0.count <= 164 })
    #expect(cut.joined(separator: " ") == long)
  }
}

@Suite struct Certainties {
  @Test func whoeverWaitsLearnsWhetherItIsCertain() async throws {
    let certainty = Certainty()
    let waiting = (0..<3).map { _ in Task { try await certainty.wait() } }
    certainty.confirm()
    for task in waiting { try await task.value }
    try await certainty.wait()
    #expect(certainty.isGiven)
    certainty.deny()
    try await certainty.wait()
  }

  @Test func aDeniedQuestionChangesNothing() async {
    let certainty = Certainty()
    let waiting = Task { try await certainty.wait() }
    certainty.deny()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    certainty.confirm()
    await #expect(throws: CancellationError.self) { try await certainty.wait() }
  }

  @Test func aCancelledWaiterDoesNotWait() async {
    let certainty = Certainty()
    let waiting = Task { try await certainty.wait() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(!certainty.isGiven)
  }
}

@Suite struct WhatWasHeard {
  private let answer = [
    SpokenSentence(words: "", samples: SampleRate.spoken), SpokenSentence(words: "It is noon.", samples: SampleRate.spoken),
    SpokenSentence(words: "Lunch is in the small kitchen.", samples: 2 * SampleRate.spoken),
  ]

  @Test(arguments: [
    (0, ""), (-5, ""), (999, ""), (1500, "It is"), (2000, "It is noon."), (3000, "It is noon. Lunch is in"),
    (4000, "It is noon. Lunch is in the small kitchen."), (9000, "It is noon. Lunch is in the small kitchen."),
  ]) func isTheTextUpToTheLastSample(_ milliseconds: Int, _ heard: String) {
    #expect(answer.heard(milliseconds: milliseconds) == heard)
  }
}

@Suite struct SilenceBeforeSpeech {
  @Test func isCutToTenMilliseconds() {
    var silence = LeadingSilence()
    #expect(silence.cut([Int16](repeating: 20, count: 5000)) == [])
    let first = silence.cut([Int16](repeating: 20, count: 100) + [500])
    #expect(first.count == 241 && first.last == 500)
    #expect(silence.cut([0, 0]) == [0, 0], "later silence is the voice's own")
  }

  @Test func loudSoundBeginsAtOnce() {
    var silence = LeadingSilence()
    #expect(silence.cut([-3000, 1]) == [-3000, 1])
  }
}
