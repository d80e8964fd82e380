import ArgumentParser
import Foundation
import Scenario
import Units

extension Power {
  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Who holds which part up, since when, by which lease, and at what cost.",
      discussion: """
        Live from a running sottod over its control socket, or at an instant of a trace.

        Examples:
          sotto power explain --control out/state/glasses/control
          sotto power explain --trace out/glasses.trace.json --at 12.5

        JSON keys: now_us, state, turn, mw, energy_uj, elements (part, level, since_us, mw, energy_uj, holders, because), unexplained
        (docs/power.md).
        """)

    @Option(help: ArgumentHelp("The control socket (default: that of a sottod started without --state).", valueName: "path"))
    var control: String?

    @Option(help: ArgumentHelp("Explain a trace instead.", valueName: "file"))
    var trace: String?

    @Option(help: ArgumentHelp("Seconds after the trace's first event (default: its last event).", valueName: "seconds"))
    var at: Double?

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
      if control != nil, trace != nil { throw ValidationError("--control and --trace are two ways to ask: take one") }
      if at != nil, trace == nil { throw ValidationError("--at needs --trace") }
      if let at, !(at >= 0 && at < 1e9) { throw ValidationError("--at is 0 seconds or more") }
    }

    func run() throws {
      let explanation = try trace.map(explain(trace:)) ?? explainLive()
      say(json ? explanation.json : explanation.text)
    }

    private func explainLive() throws -> PowerExplanation {
      do throws(ControlError) {
        let lines = try ControlConnection(control ?? Self.standardPath).ask("explain")
        guard let explanation = PowerExplanation(lines: lines) else { throw ControlError("the answer is not understood") }
        return explanation
      } catch {
        throw Failure(Failure.environment, "sotto: \(error)")
      }
    }

    private func explain(trace path: String) throws -> PowerExplanation {
      do {
        let events = try TraceEvent.parse(trace: try Trace.read(path))
        let begin = events.first { $0.process == 1 && $0.phase != .metadata }?.time ?? .zero
        let instant = at.map { begin + .nanoseconds(Int64(($0 * 1e9).rounded())) }
        guard let explanation = PowerExplanation(events, at: instant) else {
          throw Failure(Failure.usage, "\(path): it tells no levels of parts: is it the trace of the glasses?")
        }
        return explanation
      } catch let error as TraceError {
        throw Failure(Failure.usage, "\(path): \(error)")
      }
    }

    /// Where `sottod` has it by itself.
    private static var standardPath: String {
      let environment = ProcessInfo.processInfo.environment
      return (environment["XDG_STATE_HOME"] ?? (environment["HOME"] ?? "") + "/.local/state") + "/sotto/control"
    }
  }
}
