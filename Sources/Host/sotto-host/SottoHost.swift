import ArgumentParser

@main struct SottoHost: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sotto-host",
    abstract: "The host that answers for paired glasses.",
    discussion: """
      Pair the glasses once, then serve them:

        sotto-host pair      (and hold the button of the glasses)
        sotto-host serve

      Everything runs on this machine and nothing is sent elsewhere, unless --assistant names back ends that are. Keys, paired devices and what is remembered are kept \
      in the state directory. docs/host.md has the exit codes and the fields of --json.
      """,
    subcommands: [
      ServeCommand.self, CheckCommand.self, PairCommand.self, DevicesCommand.self, ForgetCommand.self, MemoryCommand.self,
    ])
}
