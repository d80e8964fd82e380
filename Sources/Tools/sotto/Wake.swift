import ArgumentParser
import Foundation
import Wake
import WakeStudy

struct WakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wake",
    abstract: "Try wake words: on recordings, live, and whether a model can be run at all.",
    subcommands: [WakeBench.self, WakeListen.self, WakeModels.self])
}

/// Which words, from where, and how readily they are heard.
struct WordOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The folder of wake words (default: those that tools/setup installs).", valueName: "dir"))
  var models: String?

  @Option(
    help: ArgumentHelp(
      "This word only, as NAME or \"NAME SENSITIVITY\"; again for more (default: all of the folder).", valueName: "name"))
  var word: [String] = []

  @Option(help: "low, normal, high, highest, or a cutoff from 0.05 to 0.99, for words that state none.")
  var sensitivity: WakeSensitivity = .normal

  func words() throws -> [NamedWord] {
    do throws(StudyError) {
      return try WordFolder(models ?? WordFolder.installed).words(word, sensitivity: sensitivity)
    } catch {
      throw Failure(models == nil && word.isEmpty ? Failure.environment : Failure.usage, "sotto: \(error)")
    }
  }
}

extension WakeSensitivity: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
  public var defaultValueDescription: String { "normal" }
}
