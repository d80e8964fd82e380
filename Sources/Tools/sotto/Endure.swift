import ArgumentParser
import Foundation
import Scenario

struct Endure: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A long conversation with random faults: does every turn end, and is nothing left behind?",
    discussion: """
      Plays so many hours in virtual time: questions, interruptions, typed ones; outages, bad weather, a host that dies, glasses that lose their
      power; back ends that are slow, absent or wrong. The same seed plays the same. With --real-time both programs run as processes.

      Examples:
        sotto endure --minutes 20
        sotto endure --minutes 600 --seed 7 --json
        sotto endure --minutes 30 --real-time

      JSON keys: passed, seed, virtual_seconds, wall_seconds, turns, outcomes, reasons, faults, marks, longest_turn_seconds,
      memory_growth_bytes, breaches (docs/scenarios.md).
      """)

  @Option(help: "How long, in minutes.")
  var minutes: Int = 20

  @Option(help: "Of everything random.")
  var seed: UInt64 = 1

  @Flag(help: "Two processes in real time instead of virtual time in one.")
  var realTime = false

  @Flag(help: "Print one JSON object on standard output; progress goes to standard error.")
  var json = false

  @Option(help: ArgumentHelp("Keep trace and state in this folder.", valueName: "dir"))
  var out: String?

  @Option(help: ArgumentHelp("The folder of sottod and sotto-host (default: beside sotto).", valueName: "dir"))
  var programs: String?

  func validate() throws {
    guard (1...1_440).contains(minutes) else { throw ValidationError("--minutes is from 1 to 1440") }
  }

  func run() throws {
    let folder = out ?? NSTemporaryDirectory() + "sotto-endure-\(UUID().uuidString)"
    defer { if out == nil { try? FileManager.default.removeItem(atPath: folder) } }
    let options = RigOptions(boards: Play.boardsFolder(), out: folder, programs: Programs(folder: programs))
    let began = Date()
    var told = Date()
    let progress: (Duration) -> Void = { time in
      guard Date().timeIntervalSince(told) >= 5 else { return }
      told = Date()
      complain("\(time.components.seconds / 60) of \(minutes) min after \(Int(Date().timeIntervalSince(began))) s")
    }
    let length = Duration.seconds(60 * minutes)
    let report: EnduranceReport
    do {
      report =
        realTime
        ? try Endurance.playReal(length: length, seed: seed, options: options, progress: progress)
        : try Endurance.playVirtual(length: length, seed: seed, options: options, progress: progress)
    } catch {
      throw Failure(Failure.environment, "sotto endure: \(error)")
    }
    say(json ? report.json : report.text)
    if !report.passed { throw ExitCode(Failure.expectation) }
  }
}
