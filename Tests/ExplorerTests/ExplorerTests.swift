import Engagement
import HAL
import Testing

@testable import Explorer
@testable import Runtime

@Suite struct ExplorerTests {
  @Test func everyStateKeepsTheRulesWhenPartsAnswerAtOnce() {
    let whole = Exploration(pace: .prompt, stopsAtFirst: false)
    #expect(whole.violations.isEmpty, "\(whole.violations.map { Counterexample($0).text }.joined(separator: "\n"))")
    #expect(whole.states > 4_000, "the exploration does not get anywhere")
    #expect(whole.longestReturn > 3 && whole.longestReturn <= 20)
  }

  @Test(arguments: Fault.allCases) func aSeededFaultIsCaught(fault: Fault) throws {
    let hunt = Hunt(fault: fault)
    let violation = try #require(hunt.violation, "missed: \(fault.phrase)")
    print("\(fault.phrase):\n\(Counterexample(violation).text)")
    #expect(violation.moves.count <= 12, "breadth first finds a short way")
  }

  /// A field that the key does not know would make states look alike that are not.
  @Test func theKeyKnowsEveryField() {
    let world = Play.start(pace: .prompt, fault: nil)
    func fields(_ value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label).sorted() }
    #expect(
      fields(world.image.engagement)
        == [
          "deadline", "isDeaf", "isHostAway", "isKept", "isPictureWanted", "isWorn", "permissions", "policy", "presenting",
          "state", "turn",
        ])
    #expect(fields(world.image.engagement.presenting) == ["isCardGone", "isHostDone", "isNotice", "isSoundDone"])
    #expect(fields(world.image.broker) == ["dependencies", "elements", "isSettled", "steadfast"])
    #expect(
      fields(world.image)
        == [
          "broker", "engagement", "failures", "fitting", "inbox", "mayHaveLost", "openingLink", "picture", "slots",
        ])
    #expect(fields(world) == ["around", "asked", "clients", "image", "now", "pending", "policy", "promises"])
    #expect(fields(world.clients) == ["count", "hasChanged", "isTouched", "places", "wish"])
  }

  @Test func aWayWithStimuliIsAScenario() throws {
    let violation = Violation(
      pace: .prompt, what: "taken off, but engaged", moves: [.putOn, .press, .microphoneAnswers, .takeOff])
    let scenario = try #require(Counterexample(violation).scenario)
    #expect(scenario.contains("  - at: 1s\n    wear: on\n  - at: +500ms\n    press:\n  - at: +500ms\n    wear: off\n"))
    let list = Counterexample(Violation(pace: .prompt, what: "x", moves: [.putOn, .microphoneBreaks]))
    #expect(list.scenario == nil)
    #expect(list.text == "# x (hardware: prompt)\n- put on\n- microphone breaks\n")
  }

  /// The way out and back in is the conductor's own.
  @Test func anImageGoesOnWhereItWasSetAside() {
    var conductor = Conductor(policy: ListeningPolicy(), fitting: Fitting())
    conductor.post(.worn(true))
    conductor.post(.button)
    while let step = conductor.next(Wishes(), at: .zero) {
      if case .transition(let transition) = step { conductor.completed(transition) }
    }
    let image = conductor.setAside()
    #expect(image.slots.microphone == Level.microphoneStreaming)
    var again = Conductor(image)
    again.post(.button)
    while let step = again.next(Wishes(), at: .zero) {
      if case .transition(let transition) = step { again.completed(transition) }
    }
    #expect(again.broker.leaseCount == 0)
    #expect(again.broker.level(of: .microphone) == 0)
    #expect(again.broker.level(of: .indicator) == 0)
  }
}
