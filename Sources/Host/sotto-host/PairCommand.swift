import ArgumentParser
import Foundation
import HostLink

struct PairCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pair",
    abstract: "Let one pair of glasses in.",
    discussion: """
      Then hold the button of the glasses. Both sides show or speak six digits: say yes only if they are the same. \
      Works while "serve" runs (through its control socket) and without it.
      """)

  @OptionGroup var listen: ListenOption
  @OptionGroup var state: StateOption

  @Flag(help: "Say yes without asking. Only for rigs in which a program compares the digits: it lets in whoever asks first.")
  var yes = false

  @Option(help: "How long the window stays open, in seconds (10 to 120).")
  var timeout = 120

  @Flag(help: "Print one JSON object per event on standard output; digits are confirmed by a line \"y\" on standard input.")
  var json = false

  func validate() throws {
    guard (10...120).contains(timeout) else { throw ValidationError("--timeout takes 10 to 120 seconds") }
  }

  func run() async throws {
    try await sayingFailures {
      let store = try state.open()
      let desk = try await OpenedDesk(store: store, listen: try listen.address, seconds: timeout)
      let end = await follow(desk)
      await desk.close()
      if let code = end { throw code }
    }
  }

  /// Follows the window to its end; nil when the glasses are paired.
  private func follow(_ desk: OpenedDesk) async -> ExitCode? {
    for await event in desk.events {
      if json { Terminal.say(EventLine(event).json) }
      switch event {
      case .opened:
        if !json { Terminal.say(Terminal.words(event)) }
      case .digits(let digits, let device):
        if !json { Terminal.say(Self.large(digits, device)) }
        let same = yes ? true : await asked()
        desk.answer(same, to: digits)
        if same, !yes, !json { Terminal.say("now press the button of the glasses, if you have not yet") }
      case .failed:
        if !json { Terminal.complain(Terminal.words(event)) }
      case .paired:
        if !json { Terminal.say(Terminal.words(event)) }
        return nil
      case .closed(let end):
        if !json { Terminal.complain(Terminal.words(event)) }
        switch end {
        case .timeOver: return HostExit.timeOver
        case .noAttemptsLeft: return HostExit.noAttemptsLeft
        case .digitsDiffer: return HostExit.digitsDiffer
        case .closed: return HostExit.failed
        }
      }
    }
    Terminal.complain("the host that was asked to pair has gone")
    return HostExit.failed
  }

  /// The person's answer; anything but a clear yes is a no. What was typed before the digits stood there is no answer to them.
  private func asked() async -> Bool {
    if isatty(STDIN_FILENO) == 1 { tcflush(STDIN_FILENO, TCIFLUSH) }
    if !json { Terminal.write("Do the glasses say the same digits? [y/N] ", to: .standardOutput) }
    let line = await withCheckedContinuation { continuation in
      Thread { continuation.resume(returning: readLine()) }.start()
    }
    return ["y", "yes"].contains(line?.trimmingCharacters(in: .whitespaces).lowercased() ?? "")
  }

  private static func large(_ digits: String, _ device: String) -> String {
    let spaced = digits.map(String.init).joined(separator: " ")
    let spread = spaced.prefix(spaced.count / 2) + "  " + spaced.suffix(spaced.count / 2)
    let rule = String(repeating: "─", count: spread.count + 8)
    return
      "\nGlasses that call themselves “\(device.printable)” want to pair. Compare these digits only:\n\n┌\(rule)┐\n│    \(spread)    │\n└\(rule)┘\n"
  }
}

/// A pairing window, opened at the running `serve` or, when none runs, at a server of its own that only pairs.
struct OpenedDesk {
  private enum Place {
    case elsewhere(ControlClient)
    case here(HostServer)
  }
  private let place: Place
  let events: AsyncStream<PairingProgress>

  init(store: HostStore, listen: ListenAddress, seconds: Int) async throws {
    let (events, continuation) = AsyncStream.makeStream(of: PairingProgress.self)
    self.events = events
    if let client = await ControlClient.connect(store) {
      place = .elsewhere(client)
      client.openPairing(seconds: seconds)
      Task {
        for await line in client.events {
          if let event = line.pairing { continuation.yield(event) }
        }
        continuation.finish()
      }
    } else {
      let server = try await HostServer.start(
        HostConfiguration(store: store, listen: listen, assistant: nil, hostName: ProcessInfo.processInfo.hostName))
      place = .here(server)
      server.openPairing(for: .seconds(seconds)) { event in
        continuation.yield(event)
        if event.isLast { continuation.finish() }
      }
    }
  }

  func answer(_ same: Bool, to digits: String) {
    switch place {
    case .elsewhere(let client): client.answer(same, to: digits)
    case .here(let server): server.answerPairing(same, to: digits)
    }
  }

  func close() async {
    switch place {
    case .elsewhere(let client): await client.close()
    case .here(let server): await server.shutDown()
    }
  }
}
