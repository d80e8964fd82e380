import HAL
import Testing
import Units

@testable import Runtime
@testable import Wire

/// Glasses on a `PlainBoard`, moved on event by event.
final class PlainRig {
  let board: PlainBoard
  let glasses: Glasses<PlainBoard>

  init(
    paired: Bool = true, withAnother isStranger: Bool = false, without absent: [Part] = [],
    description change: (inout BoardDescription) -> Void = { _ in }
  ) throws {
    var description = BoardDescription()
    change(&description)
    let own = try #require(Identity.create())
    let host = try #require(Identity.create())
    board = PlainBoard(host: host, glasses: own.fingerprint, without: absent)
    try board.storage.save(Identity.recordName, own.serialised().span)
    if paired {
      let stranger = try #require(Identity.create())
      let peer = isStranger ? stranger.fingerprint : host.fingerprint
      try board.storage.save(Pairing.recordName, Pairing(peer: peer, name: "host", address: "").serialised().span)
    }
    glasses = try Glasses(board: board, description: description)
  }

  func happen(_ event: BoardEvent) {
    board.event = event
    glasses.step()
  }

  func wait(_ time: Duration) {
    let end = board.clock + time
    while let deadline = glasses.deadline, deadline <= end { glasses.step() }
    board.clock = end
  }

  /// A part that was on its way is there.
  func settle(_ part: Part) {
    board.slow.remove(part)
    happen(.settled(part))
  }

  func press(for time: Duration = .milliseconds(100)) {
    happen(.edge(.button, active: true, at: board.clock))
    wait(time)
    happen(.edge(.button, active: false, at: board.clock))
    wait(.milliseconds(50))
  }

  func connect() {
    happen(.linkOpened)
    for _ in 0..<4 { happen(.linkReadable) }
  }

  /// The microphone has heard so much noise.
  func hear(_ time: Duration) {
    board.clock += time
    board.microphone?.first = board.clock - time
    board.microphone?.waiting = Int(time.milliseconds) * 16
    happen(.microphoneReady)
  }

  func host(_ messages: HostMessage...) {
    for message in messages { board.link.say(message) }
    happen(.linkReadable)
  }

  var sent: [DeviceMessage] { board.link.received }
  var audioPackets: Int { sent.count { if case .audio = $0 { true } else { false } } }
}
