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
