import Assistant
import Foundation
import HostLink
import SimBoard
import Units
import Wire

/// The host of a rig in virtual time, as the simulated board sees it: a `LockstepHost` that can be killed and started again.
final class VirtualHost: SimPeer {
  private let scenario: Scenario
  /// In the place of the scenario's assistant.
  private let engines: FaultyEngines?
  private let store: HostStore
  private let news: @Sendable (String) -> Void
  private var host: LockstepHost?
  /// A connection that the host lost, or never took, is closed at the next `collect`.
  private var owesClose: Instant?
  private var isConnected = false

  init(_ scenario: Scenario, engines: FaultyEngines? = nil, folder: String, news: @escaping @Sendable (String) -> Void) throws {
    self.scenario = scenario
    self.news = news
    self.engines = engines
    store = try HostStore(directory: folder)
  }

  /// The key that the glasses pin when they are paired.
  var identity: Identity { store.identity }

  /// As if these glasses had been paired with this host.
  func remember(_ glasses: Identity, name: String) throws {
    try store.add(PairedDevice(name: name, fingerprint: glasses.fingerprint, paired: scenario.start))
  }

  // MARK: What the scenario does

  func start() throws {
    var delays = ModelledDelays()
    if let delay = scenario.host.transcriptDelay { delays.finalTranscript = delay }
    if let delay = scenario.host.sentenceDelay { delays.firstSentence = delay }
    if let delay = scenario.host.soundDelay { delays.firstSound = delay }
    let news = news
    let (usual, engines) = (delays, engines)
    host = try LockstepHost(
      store: store, assistant: try Assistant(configuration: configuration),
      delays: {
        var delays = usual
        if let engines { delays.firstSentence = engines.delay(usual: usual.firstSentence) }
        return delays
      }, effort: effort,
      epoch: scenario.start,
      events: { event in
        switch event {
        case .refused(let peer, let reason): news("refused \(peer): \(reason)")
        case .warning(let text): news(text)
        case .sessionEnded(let device, _, let reason): news("the session with \(device) ended: \(reason)")
        case .listening, .sessionBegan, .turnBegan, .transcript, .answer, .turnEnded, .pairing: break
        }
      })
  }

  func kill(at now: Instant) {
    host?.disconnected(at: now)
    host = nil
    if isConnected { owesClose = now }
  }

  func openPairing(at now: Instant) {
    host?.openPairing(at: now, confirmsItself: true)
  }

  private var configuration: AssistantConfiguration {
    if let engines { return AssistantConfiguration(engines: engines.engines, memoryPath: store.memoryPath, lockstep: true) }
    switch scenario.host.assistant {
    case .embedded:
      return .embedded(cacheDirectory: Media.cacheFolder, memoryPath: store.memoryPath, lockstep: true)
    case .scripted(let transcripts, let answers, let pictureText):
      var script = Script(
        transcripts: transcripts, answers: answers.map { $0.map { .sentence($0) } }, pictureText: PictureText(lines: pictureText))
      if let length = scenario.host.toneLength { script.toneLength = length }
      return .scripted(script, memoryPath: store.memoryPath, lockstep: true)
    }
  }

  /// The scripted voice is a tone, which no effort improves; a real voice may be listened to.
  private var effort: EncoderEffort {
    switch scenario.host.assistant {
    case .embedded: .speech
    case .scripted: .least
    }
  }

  // MARK: SimPeer

  func connected(at now: Instant) {
    isConnected = true
    owesClose = nil
    if let host { host.connected(at: now) } else { owesClose = now }
  }

  func disconnected(at now: Instant) {
    isConnected = false
    owesClose = nil
    host?.disconnected(at: now)
  }

  func receive(_ bytes: [UInt8], at now: Instant) {
    host?.receive(bytes, at: now)
  }

  var nextDue: Instant? { owesClose ?? host?.nextDue }

  func collect(at now: Instant) -> (bytes: [UInt8], closed: Bool) {
    if owesClose != nil {
      owesClose = nil
      isConnected = false
      return ([], true)
    }
    guard let host else { return ([], false) }
    let given = host.collect(at: now)
    if given.closed { isConnected = false }
    return given
  }
}
