import ArgumentParser
import Assistant
import Foundation
import HostLink
import NIOPosix

/// What `--assistant` says.
enum AssistantChoice: ExpressibleByArgument, CustomStringConvertible {
  case embedded
  case local
  /// A configuration of back ends.
  case file(path: String)
  case scripted(milliseconds: Int)
  case script(path: String, ScriptFile)

  init?(argument: String) {
    switch argument {
    case "embedded": self = .embedded
    case "local": self = .local
    default:
      let parts = argument.split(separator: ":", maxSplits: 1)
      if parts.count == 2, parts[0] == "script" {
        guard let script = ScriptFile(path: String(parts[1])) else { return nil }
        self = .script(path: String(parts[1]), script)
      } else if parts.count == 2, parts[0] == "scripted" {
        guard let milliseconds = Int(parts[1]), (0...60_000).contains(milliseconds) else { return nil }
        self = .scripted(milliseconds: milliseconds)
      } else {
        // Only a file's name is left; one that is a mistyped word has no dot and no slash.
        guard argument.contains(".") || argument.contains("/") else { return nil }
        self = .file(path: argument)
      }
    }
  }

  var description: String {
    switch self {
    case .embedded: "embedded"
    case .local: "local"
    case .file(let path): path
    case .scripted(let milliseconds): "scripted:\(milliseconds)"
    case .script(let path, _): "script:\(path)"
    }
  }

  var defaultValueDescription: String { description }

  /// The back ends that it names; nil when it is scripted. Throws `PlanFailure` with everything that is wrong.
  func plan(cache: String) throws -> BackEndPlan? {
    switch self {
    case .embedded: BackEndPlan()
    case .local: try BackEndPlan.local(cacheDirectory: cache, port: Self.freePort())
    case .file(let path): try BackEndPlan.load(NSString(string: path).expandingTildeInPath, cacheDirectory: cache)
    case .scripted, .script: nil
    }
  }

  func engines(
    plan: BackEndPlan?, cache: String, voice: AssistantConfiguration.VoiceChoice
  ) -> AssistantConfiguration.Engines {
    switch self {
    case .embedded: return .embedded(cacheDirectory: cache, voice: voice)
    case .local, .file: return .planned(plan ?? BackEndPlan(), cacheDirectory: cache, voice: voice)
    case .scripted(let milliseconds):
      let delay = Duration.milliseconds(milliseconds)
      return .scripted(
        Script(
          transcripts: ["what time is it"], answers: [.sentence("This is a scripted answer.")], recogniserDelay: delay,
          hearsPauses: true, languageDelay: delay, speechDelay: delay))
    case .script(_, let file): return .scripted(file.script)
    }
  }

  /// Where it keeps what is remembered; a bench leaves nothing behind.
  func memoryPath(_ store: HostStore) -> String? {
    if case .scripted = self { nil } else { store.memoryPath }
  }

  /// A loopback port that nothing listens on now.
  private static func freePort() throws -> Int {
    let channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).wait()
    defer { try? channel.close().wait() }
    return channel.localAddress?.port ?? 0
  }
}

extension AssistantConfiguration.VoiceChoice: ExpressibleByArgument {}

/// Who answers, and with which models.
struct AssistantOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Who answers: embedded; local (what tools/setup --local-ai made); a configuration of back ends (docs/back-ends.md); \
      scripted:MS for benches (a fixed answer; each engine takes MS milliseconds), or script:FILE for rigs.
      """, valueName: "who"))
  var assistant = AssistantChoice.embedded

  @Option(help: "The embedded voice: piper (natural), espeak or flite (small).")
  var voice = AssistantConfiguration.VoiceChoice.piper

  @Option(help: "Where tools/setup put the models.")
  var cache = ProcessInfo.processInfo.environment["SOTTO_CACHE"] ?? "~/.cache/sotto"

  var cacheDirectory: String { NSString(string: cache).expandingTildeInPath }
}
