import ArgumentParser
import Assistant
import Dispatch
import Foundation
import HostLink

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answer for the paired glasses until stopped.",
    discussion: "Loads the models first, then says \"ready\". SIGTERM or control-C ends the sessions, saying why, and exits 0.")

  @OptionGroup var listen: ListenOption
  @OptionGroup var state: StateOption

  @OptionGroup var assistant: AssistantOptions

  @Option(help: "on: begin the answer in a pause that may be the end of the question. off: wait for the end.")
  var speculation = OnOff.on

  @Option(help: "How many pairs of glasses may be connected at once.")
  var sessions = HostLimits().sessions

  @OptionGroup var satellite: SatelliteOptions

  @Option(help: "Words that are spoken when the answer lets itself be waited for (1.2 s), such as \"One moment.\"")
  var filler: String?

  @Option(name: .customLong("voice-cache"), help: "off: the voice makes each sentence anew, for measurements.")
  var voiceCache = OnOff.on

  @Option(help: "What the glasses show as the host's name.")
  var name = ProcessInfo.processInfo.hostName

  @Option(help: "Write the stages of each turn to this file (Chrome trace format).")
  var trace: String?

  @Flag(help: "Print one JSON object per event on standard output.")
  var json = false

  @Flag(help: "Print what is said and answered, too. Otherwise the wearer's words stay out of every log.")
  var words = false

  func validate() throws {
    guard (1...10_000).contains(sessions) else { throw ValidationError("--sessions is from 1 to 10000") }
  }

  func run() async throws {
    try await sayingFailures {
      let store = try state.open()
      for problem in store.problems() { Terminal.complain(problem) }
      guard !store.devices().isEmpty else {
        Terminal.complain(
          "nothing is paired, so nobody could be served: run \"sotto-host pair\" and hold the button of the glasses")
        throw HostExit.nothingPaired
      }
      try await serve(store)
    }
  }

  private func serve(_ store: HostStore) async throws {
    let asJSON = json
    let showsWords = words
    let stop = StopSignals()
    let events: @Sendable (HostEvent) -> Void = { event in
      if showsWords || !event.holdsWords { Terminal.show(event, asJSON: asJSON) }
    }
    if !asJSON { Terminal.complain("loading the models (\(assistant.assistant))…") }
    let began = ContinuousClock.now
    let plan = try assistant.assistant.plan(cache: assistant.cacheDirectory)
    let programs = try await BackEndPrograms.start(plan ?? BackEndPlan(), logs: store.directory) { events(.warning($0)) }
    defer { programs.stop() }
    let engines = try makeAssistant(plan, store, events)
    try await engines.warmUp()
    if !asJSON {
      let seconds = (ContinuousClock.now - began) / .seconds(1)
      Terminal.complain("the models are loaded (\((seconds * 10).rounded() / 10) s)")
    }

    var configuration = HostConfiguration(store: store, listen: try listen.address, assistant: engines, hostName: hostName)
    configuration.limits.sessions = sessions
    configuration.trace = try trace.map { try HostTrace(path: $0) }
    let hub = satellite.hub(store) { events(.warning($0)) }
    configuration.events = { event in
      events(event)
      if let hub, event.changesPairings { Task { await hub.presentPaired(store) } }
    }
    if let hub {
      configuration.substitute = { context, own in hub.turn(context, own: own) }
      await hub.presentPaired(store)
    }
    let server = try await HostServer.start(configuration)
    let control: ControlServer
    do {
      control = try await ControlServer.start(server, store: store)
    } catch {
      await server.shutDown()
      throw error
    }
    var ready = EventLine(event: "ready")
    ready.address = "\(server.address)"
    Terminal.say(asJSON ? ready.json : "ready on \(server.address)")

    let signal = await stop.first()
    if !asJSON { Terminal.complain("stopping (\(signal))") }
    await control.shutDown()
    await server.shutDown()
    await hub?.stop()
  }

  private func makeAssistant(
    _ plan: BackEndPlan?, _ store: HostStore, _ events: @escaping @Sendable (HostEvent) -> Void
  ) throws -> Assistant {
    let choice = assistant.assistant
    var configuration = AssistantConfiguration(
      engines: choice.engines(plan: plan, cache: assistant.cacheDirectory, voice: assistant.voice),
      memoryPath: choice.memoryPath(store))
    configuration.voiceKeepsSentences = voiceCache == .on
    configuration.filler = filler.map { Filler(words: $0) }
    if speculation == .off { configuration.speculation = .off }
    configuration.report = { events(.warning($0)) }
    return try Assistant(configuration: configuration)
  }

  /// At most what a name on the wire may have.
  private var hostName: String { String(decoding: name.utf8.prefix(HostLimits().nameBytes), as: UTF8.self) }
}

enum OnOff: String, ExpressibleByArgument, CaseIterable {
  case on, off
}

extension HostEvent {
  /// Whether the paired devices may be others than before: a device that was forgotten loses its session.
  fileprivate var changesPairings: Bool {
    switch self {
    case .pairing(.paired), .sessionEnded: true
    case .listening, .refused, .sessionBegan, .turnBegan, .transcript, .answer, .turnEnded, .warning, .pairing: false
    }
  }
}

/// SIGTERM and SIGINT, taken from the moment it is made.
struct StopSignals {
  private let arrived: AsyncStream<String>
  private let sources: [any DispatchSourceSignal]

  init() {
    let (stream, continuation) = AsyncStream.makeStream(of: String.self)
    arrived = stream
    sources = [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")].map { number, name in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { continuation.yield(name) }
      source.resume()
      return source
    }
  }

  /// The name of the first that came.
  func first() async -> String {
    for await name in arrived { return name }
    return "end"
  }
}
