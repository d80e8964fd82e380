import ArgumentParser
import Assistant

/// Tries one engine of the host at a time: what `tools/setup` and `tools/bench` use, and what helps when an engine misbehaves.
@main struct Engines: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sotto-engines", abstract: "Try the host's speech, language and picture engines one at a time.",
    subcommands: [Speak.self, Hear.self, Read.self, Ask.self, Remember.self, Accuracy.self])
}

struct CacheOption: ParsableArguments {
  @Option(help: "The folder that tools/setup filled.") var cache = ModelCache.standardDirectory
}
