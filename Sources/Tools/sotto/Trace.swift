import ArgumentParser
import Foundation
import Scenario

struct Trace: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look at traces (Chrome JSON, which ui.perfetto.dev opens too).", subcommands: [Summary.self, Merge.self])

  struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Where the time and the energy of each turn went.",
      discussion: """
        Latency counts from the last spoken sample to the first audible one; docs/trace.md explains the columns. With the host's trace, or a merged
        one, the way to the host and back are told apart.

        Examples:
          sotto trace summary out/glasses.trace.json
          sotto trace summary out/glasses.trace.json out/host.trace.json
          sotto trace summary out/glasses.trace.json --json
        """)

    @Argument(help: "The trace of the glasses, and the host's.")
    var files: [String]

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func run() throws {
      var events: [TraceEvent] = []
      for file in files {
        do {
          events += try TraceEvent.parse(trace: try Trace.read(file))
        } catch let error as TraceError {
          throw Failure(Failure.usage, "\(file): \(error)")
        }
      }
      let summary = TraceSummary(events)
      say(json ? summary.json : summary.text)
    }
  }

  struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bring the traces of glasses and host together in one file.",
      discussion: """
        Traces of different machines are brought on the clock of the glasses by the exchanges that the glasses' trace holds; the difference and
        its bound are said on standard error. --offset states offsets instead, in microseconds.

        Examples:
          sotto trace merge out/glasses.trace.json out/host.trace.json --output both.json
          sotto trace merge a.json b.json --offset 0 --offset -1500 --output both.json
        """)

    @Argument(help: "The traces.")
    var files: [String]

    @Option(help: ArgumentHelp("Microseconds added to the times of each trace, in their order.", valueName: "us"))
    var offset: [Double] = []

    @Option(help: ArgumentHelp("The merged file; - is standard output.", valueName: "file"))
    var output: String = "-"

    func validate() throws {
      if files.count < 2 { throw ValidationError("two traces at least are needed") }
      if !offset.isEmpty, offset.count != files.count { throw ValidationError("give one --offset for each trace, or none") }
    }

    func run() throws {
      let text: String
      do {
        let traces = try files.map(Trace.read)
        var offsets = offset
        if offsets.isEmpty {
          let found = try TraceMerge.offsets(traces)
          offsets = found.offsets
          if let clock = found.clock { complain(TraceSummary.phrase(clock)) }
        }
        text = try TraceMerge.merge(traces, offsets: offsets)
      } catch let error as TraceError {
        throw Failure(Failure.usage, error.description)
      }
      if output == "-" { return say(text, end: "") }
      do {
        try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
      } catch {
        throw Failure(Failure.environment, "cannot write \(output): \(error.localizedDescription)")
      }
    }
  }

  static func read(_ path: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8) else {
      throw Failure(Failure.environment, "\(path): there is no such file, or it cannot be read as text")
    }
    return text
  }
}
