import Foundation
import Testing

@testable import Scenario

private let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
private let folder = tests.appendingPathComponent("Scenarios").path

/// Every scenario of the repository that virtual time can play.
private let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".yaml") }
  .sorted()

/// Whether a scenario plays only with what `tools/setup` installs: models, recorded and made clips, photographs. One that does not
/// even load needs nothing to fail.
private func needsSetUp(_ file: String) -> Bool {
  guard let scenario = try? Scenario.load(folder + "/" + file) else { return false }
  return scenario.host.assistant == .embedded
    || scenario.timeline.contains { entry in
      switch entry.stimulus {
      case .say(let name)?, .look(let name)?: name.hasPrefix("made:") || name.hasPrefix("human:")
      case .press, .tap, .tilt, .wear, .type, .battery, .charging, .temperature, .time, .network, .outage, .weather, .indicator,
        .host,
        .glasses, nil:
        false
      }
    }
}

private let isSetUp =
  FileManager.default.fileExists(atPath: Media.cacheFolder + "/media")
  && FileManager.default.fileExists(atPath: Media.humanFolder)

/// The real firmware and the real host code, in virtual time.
@Suite(.serialized) struct ScenarioSuite {
  private func play(_ file: String, seed: UInt64? = nil) async throws -> ScenarioReport {
    let out = FileManager.default.temporaryDirectory.appendingPathComponent("sotto-suite-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: out) }
    var options = RigOptions(boards: tests.deletingLastPathComponent().appendingPathComponent("boards").path, out: out)
    options.seed = seed
    return try await VirtualRig.playOnThread(try Scenario.load(folder + "/" + file), options: options)
  }

  @Test(arguments: files.filter { !needsSetUp($0) }) func passes(_ file: String) async throws {
    let report = try await play(file)
    #expect(report.passed, "\(report.text(file: file))")
  }

  /// Skipped as a whole without set-up; where it was begun, a clip or model that is missing is a failure.
  @Test(.enabled(if: isSetUp, "the models and clips are missing: run tools/setup"), arguments: files.filter { needsSetUp($0) })
  func passesOnceSetUp(_ file: String) async throws {
    let report = try await play(file)
    #expect(report.passed, "\(report.text(file: file))")
  }

  @Test func theSameSeedGivesTheSameTrace() async throws {
    let first = try await play("button-query.yaml", seed: 7)
    let second = try await play("button-query.yaml", seed: 7)
    #expect(first.traceSHA256 == second.traceSHA256)
    #expect(first.traceSHA256.count == 64)
    #expect(try await play("button-query.yaml", seed: 8).traceSHA256 != first.traceSHA256)
  }

  @Test func aDayGivesTheSameTraceTwice() async throws {
    let first = try await play("day.yaml")
    let second = try await play("day.yaml")
    #expect(first.traceSHA256 == second.traceSHA256)
    #expect(first.virtualSeconds >= 86_400)
  }
}
