import Explorer

/// `tools/explore`: walks through every state, then shows that seeded faults are found.
@main struct Main {
  static let usage = """
    Usage: tools/explore [--json] [--thorough]

    Walks through every reachable state of the firmware's engagement machine, its leases and its power broker against a model
    of the hardware that may answer, refuse, fail or take its time, with every event at every moment, and with clients of the
    control port that take leases and die, and checks what must
    always hold (docs/design/0003-exploring-engagement.md). Then does the same with each of the seeded faults, which must be found.

      --json       one JSON object: states, transitions, violations, seeded_faults, caught, and more
      --thorough   also with every part taking its time at once (some ten seconds more)
    """

  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.contains("--help") || arguments.contains("-h") {
      print(usage)
      exit(with: 0)
    }
    if let unknown = arguments.first(where: { $0 != "--json" && $0 != "--thorough" }) {
      print("explore: unknown option: \(unknown)\n\n\(usage)")
      exit(with: 2)
    }
    let paces = Pace.allCases.filter { $0 != .slow || arguments.contains("--thorough") }
    let wholes = paces.map { Exploration(pace: $0, stopsAtFirst: false) }
    let hunts = Fault.allCases.map { Hunt(fault: $0) }
    print(arguments.contains("--json") ? json(wholes, hunts) : words(wholes, hunts))
    exit(with: wholes.contains { !$0.violations.isEmpty } || hunts.contains { $0.violation == nil } ? 1 : 0)
  }
}
