import HAL
import Testing
import Units

@testable import Wake

/// Gestures with what goes on, and the commands that come of them: the glasses as far as a button can tell.
private struct Bench {
  var machine: ButtonGestures
  var intents: ButtonIntents
  let actions: ButtonActions
  var situation = ButtonSituation.rest
  var commands: [(at: Int64, command: ButtonCommand)] = []
  /// Questions that were begun, and how they ended.
  var isQuestionOpen = false

  init(_ actions: ButtonActions, timing: ButtonTiming = SeveralPressesTests.timing) {
    machine = ButtonGestures(timing, most: actions.mostPresses)
    intents = ButtonIntents(actions)
    self.actions = actions
  }

  /// Edges at milliseconds, with ticks at every deadline, until `end`.
  mutating func play(_ edges: [(Int64, Bool)], until end: Int64) {
    var now = Instant.zero
    for (time, level) in edges {
      now = tick(from: now, to: milliseconds(time))
      take(machine.handle(.edge(active: level, at: milliseconds(time)), at: now), at: now)
    }
    _ = tick(from: now, to: milliseconds(end))
  }

  private mutating func tick(from: Instant, to end: Instant) -> Instant {
    var now = from
    while let due = machine.deadline, due <= end {
      now = max(now, due)
      take(machine.handle(.tick, at: now), at: now)
    }
    return end
  }

  private mutating func take(_ gesture: Gesture?, at now: Instant) {
    guard let gesture, let command = intents.handle(gesture, number: machine.pressNumber, in: situation) else { return }
    commands.append((now.nanoseconds / 1_000_000, command))
    switch command {
    case .press:
      situation = situation == .rest ? .turn : situation == .turn ? .rest : .pairing
      isQuestionOpen = situation == .turn
      if situation == .rest { intents.turnEnded() }
    case .perform(let action):
      // What is performed begins with an end of what went on.
      situation = action == .look || action == .repeat ? .turn : .rest
      isQuestionOpen = false
      intents.turnEnded()
    case .talk:
      situation = .turn
      isQuestionOpen = true
    case .endQuestion:
      if isQuestionOpen { isQuestionOpen = false }
    case .pair:
      situation = .pairing
      intents.turnEnded()
    }
  }
}

private func actions(
  press: ButtonAction = .ask, double: ButtonAction = .none, triple: ButtonAction = .none, long: ButtonAction = .privacy
) -> ButtonActions {
  var actions = ButtonActions()
  (actions.press, actions.double, actions.triple, actions.long) = (press, double, triple, long)
  return actions
}

@Suite struct ButtonIntentsTests {
  private let short: [(Int64, Bool)] = [(0, true), (80, false)]
  private let double: [(Int64, Bool)] = [(0, true), (80, false), (200, true), (280, false)]
  private let triple: [(Int64, Bool)] = [(0, true), (80, false), (200, true), (280, false), (400, true), (480, false)]

  private func commands(
    _ actions: ButtonActions, _ edges: [(Int64, Bool)], in situation: ButtonSituation = .rest
  ) -> [ButtonCommand] {
    var bench = Bench(actions)
    bench.situation = situation
    bench.play(edges, until: 10_000)
    return bench.commands.map(\.command)
  }

  @Test func aPressAsksWhenItGoesDownWhateverItMayBecome() {
    for long in [ButtonAction.privacy, .talk, .look, .none] {
      var bench = Bench(actions(double: .repeat, triple: .wakeWord, long: long))
      bench.play(short, until: 10_000)
      #expect(bench.commands.map(\.at) == [15])
      #expect(bench.commands.map(\.command) == [.press])
    }
  }

  @Test func aPressInATurnStopsAtOnceOnEveryBoard() {
    for press in [ButtonAction.ask, .look, .none] {
      for long in [ButtonAction.privacy, .talk] {
        var bench = Bench(actions(press: press, double: .repeat, long: long))
        bench.situation = .turn
        bench.play([(0, true), (80, false)], until: 10_000)
        #expect(bench.commands.map(\.command) == [.press])
        #expect(bench.commands.first?.at == 15)
      }
    }
  }

  @Test func theSecondPressTakesBackTheFirstAndTheSeriesActs() {
    #expect(commands(actions(double: .repeat), double) == [.press, .press, .perform(.repeat)])
    #expect(commands(actions(double: .repeat, triple: .wakeWord), double) == [.press, .press, .perform(.repeat)])
    #expect(commands(actions(double: .repeat, triple: .wakeWord), triple) == [.press, .press, .perform(.wakeWord)])
  }

  @Test func aDoublePressInATurnStopsOnceAndActs() {
    #expect(commands(actions(double: .repeat), double, in: .turn) == [.press, .perform(.repeat)])
  }

  @Test func withoutAnActionTwoPressesAreTwoPresses() {
    #expect(commands(actions(), double) == [.press, .press])
    #expect(commands(actions(), triple) == [.press, .press, .press])
  }

  @Test func aLongPressActsAfterItHasAsked() {
    let long: [(Int64, Bool)] = [(0, true), (1_500, false)]
    #expect(commands(actions(), long) == [.press, .perform(.privacy)])
    #expect(commands(actions(long: .none), long) == [.press])
    #expect(commands(actions(long: .wakeWord), long) == [.press, .perform(.wakeWord)])
    #expect(commands(actions(long: .talk), long) == [.press, .talk, .endQuestion])
  }

  @Test func holdingToTalkInATurnStopsItAndAsksAnew() {
    #expect(commands(actions(long: .talk), [(0, true), (2_000, false)], in: .turn) == [.press, .talk, .endQuestion])
  }

  @Test func whilePairingAPressAgreesOnceAndNothingElseIsAsked() {
    #expect(commands(actions(double: .repeat), double, in: .pairing) == [.press])
    #expect(commands(actions(long: .talk), [(0, true), (2_000, false)], in: .pairing) == [.press])
  }

  @Test func soundIsHeldBackWhileAPressMayBecomeThePrivacyHold() {
    var intents = ButtonIntents(actions())
    _ = intents.handle(.down, number: 1, in: .rest)
    #expect(intents.holdsSoundBack)
    _ = intents.handle(.release(after: .milliseconds(90)), number: 1, in: .turn)
    #expect(!intents.holdsSoundBack)
    _ = intents.handle(.down, number: 1, in: .rest)
    _ = intents.handle(.long, number: 1, in: .turn)
    #expect(!intents.holdsSoundBack)
    var other = ButtonIntents(actions(double: .privacy, long: .talk))
    _ = other.handle(.down, number: 1, in: .rest)
    #expect(!other.holdsSoundBack)
  }

  @Test func anEndThatIsHeardWhileTheButtonIsDownComesWithItsRelease() {
    var intents = ButtonIntents(actions(long: .talk))
    _ = intents.handle(.down, number: 1, in: .rest)
    let isDeferred = intents.defersEnd()
    #expect(isDeferred)
    let command = intents.handle(.release(after: .milliseconds(900)), number: 1, in: .turn)
    #expect(command == .endQuestion)
    let isOver = !intents.defersEnd()
    #expect(isOver)
    // On other boards silence ends the question whatever the finger does.
    var plain = ButtonIntents(actions())
    _ = plain.handle(.down, number: 1, in: .rest)
    let isDeferredThere = plain.defersEnd()
    #expect(!isDeferredThere)
  }

  /// Whatever the line does: hold-to-talk ends with the release, nothing acts that the board does not have, and when the button is at rest
  /// nothing is held back or waited for.
  @Test(arguments: 0..<400) func everyNoisySequenceEndsInADefinedState(seed: Int) {
    var random = SeededNumbers(state: UInt64(seed) &+ 5_150)
    let chosen = actions(
      press: [.ask, .look, .none].randomElement(using: &random)!,
      double: [.none, .look, .repeat, .wakeWord, .privacy].randomElement(using: &random)!,
      triple: [.none, .look, .repeat, .wakeWord, .privacy].randomElement(using: &random)!,
      long: [.none, .look, .repeat, .wakeWord, .privacy, .talk].randomElement(using: &random)!)
    var bench = Bench(chosen)
    bench.situation = ButtonSituation.allCases.randomElement(using: &random)!
    var edges: [(Int64, Bool)] = []
    var time: Int64 = 0
    var level = false
    for _ in 0..<Int.random(in: 1...60, using: &random) {
      time += Bool.random(using: &random) ? Int64.random(in: 0...20, using: &random) : Int64.random(in: 0...2_500, using: &random)
      level.toggle()
      edges.append((time, level))
    }
    if level { edges.append((time + 400, false)) }
    bench.play(edges, until: time + 10_000)
    let known: Set<ButtonAction> = [chosen.press, chosen.double, chosen.triple, chosen.long]
    var isTalking = false
    for (_, command) in bench.commands {
      switch command {
      case .press: isTalking = false
      case .perform(let action):
        #expect(known.contains(action) && action != .none && action != .ask && action != .talk)
        isTalking = false
      case .talk:
        #expect(chosen.long == .talk && !isTalking)
        isTalking = true
      case .endQuestion:
        #expect(isTalking, "nothing was heard here that could have ended")
        isTalking = false
      case .pair: isTalking = false
      }
    }
    #expect(!isTalking, "hold to talk ends with the release")
    let isDeferred = bench.intents.defersEnd()
    #expect(!bench.intents.isTalking && !bench.intents.holdsSoundBack && !isDeferred)
    #expect(bench.machine.deadline == nil)
  }

  /// A press in a turn stops it in the very instant in which it has settled, however many presses came before.
  @Test(arguments: 0..<200) func aPressInATurnNeverWaits(seed: Int) {
    var random = SeededNumbers(state: UInt64(seed) &+ 31)
    var bench = Bench(actions(double: .wakeWord, triple: .privacy, long: .talk))
    var edges: [(Int64, Bool)] = []
    var time: Int64 = 0
    for _ in 0..<Int.random(in: 0...5, using: &random) {
      edges += [(time, true), (time + 60, false)]
      time += Int64.random(in: 100...700, using: &random)
    }
    bench.play(edges, until: time)
    bench.situation = .turn
    let before = bench.commands.count
    // Later than whatever still belonged to the series before it.
    var later = bench
    later.commands = []
    later.play([(time + 1_000, true), (time + 1_060, false)], until: time + 5_000)
    let stop = later.commands.first { $0.at >= time + 1_000 }
    #expect(stop?.at == time + 1_015 && stop?.command == .press, "after \(before) commands")
  }
}
