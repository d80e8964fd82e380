import Drivers
import Foundation
import HAL
import Testing
import Units

@testable import LinuxBoard

/// A board without hardware: what it has is made of files, and the rest is missing.
@Suite(.serialized) struct LinuxBoardTests {
  private final class Place {
    let path = NSTemporaryDirectory() + "sotto-board-" + UUID().uuidString
    var log: [String] = []

    init() throws {
      for folder in ["state", "battery", "power", "thermal", "keys/power"] {
        try FileManager.default.createDirectory(atPath: path + "/" + folder, withIntermediateDirectories: true)
      }
      try put("battery/capacity", "57")
      try put("battery/status", "Discharging")
      try put("thermal/temp", "41500")
      try put("power/state", "freeze mem")
      try put("power/wakeup_count", "7")
      try put("keys/power/wakeup", "enabled")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func put(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }
    func text(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }

    func board(_ change: (inout BoardDescription) -> Void = { _ in }) throws -> LinuxBoard {
      var description = BoardDescription()
      change(&description)
      var options = LinuxBoard.Options(stateFolder: path + "/state")
      options.tracePath = path + "/trace"
      options.powerFolder = path + "/power"
      return try LinuxBoard(description, options: options) { self.log.append($0) }
    }
  }

  private let place: Place

  init() throws { place = try Place() }

  @Test func partsThatTheFileDoesNotNameAreNil() throws {
    let board = try place.board()
    #expect(board.camera == nil && board.microphone == nil && board.speaker == nil && board.display == nil)
    #expect(board.battery == nil && board.thermal == nil)
    #expect(!board.pins.has(.button) && !board.pins.has(.wear))
    #expect(place.log == [])
  }

  @Test func partsThatTheFileNamesArePresentAndSayWhyTheyFail() throws {
    let board = try place.board {
      $0.devices.microphone = "no-such-card"
      $0.devices.battery = place.path + "/battery"
      $0.devices.thermal = place.path + "/thermal"
      $0.lines.button = LineDescription(chip: "no-such-chip", line: "button")
    }
    #expect(try board.battery?.read().charge == Percent(57))
    #expect(try board.thermal?.read() == DeciCelsius(415))
    let error = #expect(throws: DeviceError.self) { try board.microphone?.start(period: .milliseconds(20)) }
    #expect(error?.cause == .absent)
    #expect(board.pins.has(.button))
    #expect(throws: DeviceError.self) { try board.pins.level(of: .button) }
    #expect(throws: DeviceError.self) { try board.pins.set(.indicator, active: true) }
    #expect(place.log == ["the line \"button\" is missing: pins, request: is not there (error 2)"])
  }

  @Test func whatTheFileSaysReachesTheDrivers() throws {
    var policy = CameraPolicy()
    policy.rotation = 90
    #expect(CameraSettings(policy).size == FrameSize(width: 1280, height: 720), "unstated: as the driver has it")
    #expect(CameraSettings(policy).exposure == .automatic)
    (policy.width, policy.height) = (800, 600)
    policy.frameInterval = .milliseconds(40)
    policy.exposure = .milliseconds(8)
    policy.gain = Percent(25)
    policy.isMirrored = true
    let camera = CameraSettings(policy)
    #expect(camera.size == FrameSize(width: 800, height: 600) && camera.interval == .milliseconds(40) && camera.rotation == 90)
    #expect(camera.exposure == .manual(.milliseconds(8)) && camera.gain == Percent(25))
    #expect(camera.isMirrored == true && camera.isFlipped == nil)

    var wiring = MicrophoneWiring()
    var listening = ListeningPolicy()
    listening.armedPeriod = .milliseconds(160)
    #expect(MicrophoneSettings(wiring, listening).channels == .mix)
    wiring.channels = [1]
    wiring.mixer = "Mic"
    wiring.volume = Percent(80)
    let microphone = MicrophoneSettings(wiring, listening)
    #expect(microphone.channels == .only([1]) && microphone.longestPeriod == .milliseconds(160))
    #expect(microphone.mixer == "Mic" && microphone.volume == Percent(80))
  }

  @Test func aMixersElementThatIsNotThereIsNamed() throws {
    let board = try place.board {
      $0.devices.speaker = "null"
      $0.speaker.mixer = "Speaker"
    }
    let error = #expect(throws: DeviceError.self) { try board.speaker?.start() }
    #expect(error?.part == .speaker && (error?.cause == .absent))
    #expect(board.hasSettled(.speaker))
  }

  @Test func aPartThatIsOffOrMissingHasSettled() throws {
    let board = try place.board { $0.devices.camera = "/dev/no-camera" }
    for part in Part.allCases { #expect(board.hasSettled(part), "\(part.name)") }
    #expect(throws: DeviceError.self) { try board.camera?.turnOn() }
    #expect(board.hasSettled(.camera), "what refused to come up is not waited for")
  }

  @Test func recordsAndTraceAreKept() throws {
    let board = try place.board()
    try board.storage.save("key", [1, 2].span)
    #expect(try place.board().storage.load("key") == [1, 2])
    board.trace(Array("{}".utf8).span)
    // Written before it rests, which it does not once the time is over.
    _ = board.next(before: board.now() + .milliseconds(200))
    #expect(try place.text("trace").hasPrefix("{}"))
  }

  @Test func aDeadlineComesAndTheDriversTimersShareTheOneTimer() throws {
    let board = try place.board {
      $0.devices.speaker = "null"
      $0.lines.wear = LineDescription(chip: "no-such-chip", line: "wear")
    }
    // The missing line is tried again after 50, 100, 200 … ms meanwhile: that is nobody else's business.
    let deadline = board.now() + .milliseconds(120)
    guard case .deadline = board.next(before: deadline) else { return #expect(Bool(false)) }
    #expect(board.now() >= deadline)
    let speaker = try #require(board.speaker)
    try speaker.start()
    guard case .speakerReady = board.next(before: board.now() + .seconds(2)) else { return #expect(Bool(false)) }
    let sound = [Int16](repeating: 1, count: 480)
    #expect(try speaker.write(sound.span) == 480)
    speaker.drain()
    guard case .speakerDrained = board.next(before: board.now() + .seconds(2)) else { return #expect(Bool(false)) }
  }

  @Test func aLinkThatIsRefusedIsToldOnceAndAClosedOneNotAtAll() throws {
    let board = try place.board()
    try board.link.open("127.0.0.1:1")
    guard case .linkClosed(.refused) = board.next(before: board.now() + .seconds(2)) else { return #expect(Bool(false)) }
    try board.link.open("127.0.0.1:1")
    board.link.close()
    guard case .deadline = board.next(before: board.now() + .milliseconds(20)) else { return #expect(Bool(false)) }
  }

  @Test func theSystemGoesDownOnlyAsDeepAsItIsAllowed() throws {
    let board = try place.board()
    _ = board.next(before: board.now() + .milliseconds(5), idling: .suspend)
    #expect(board.lastIdle == nil, "too short to go down for")
    #expect(try place.text("power/state") == "freeze mem")
  }

  @Test func whoWakesAtOnceIsNotSentDownForEver() throws {
    let board = try place.board()
    let host = DriverHost(
      reactor: try Reactor(signals: nil), events: EventQueue(), log: BoardLog(trace: TraceSink(.none), sink: { _ in }))
    _ = board
    var cycle = SleepCycle(SystemSleep(folder: place.path + "/power", wakeSources: [place.path + "/keys"]))
    cycle.begin()
    var times = 0
    while times < 10, case .down(let kind, let count) = cycle.plan(.standby, until: nil, host) {
      #expect(kind == .standby)
      cycle.goDown(kind, after: count, host)
      times += 1
    }
    // The files of the test return at once.
    #expect(times == 3)
    #expect(cycle.resumes == 3)
    #expect(cycle.spell?.entries == 3 && cycle.spell?.aborted == 0)
    cycle.begin()
    #expect(cycle.spell == nil)
    if case .wait = cycle.plan(.standby, until: nil, host) { #expect(Bool(false), "a new wait may go down again") }
  }

  @Test func withoutAnAlarmNobodyGoesDownWhileSomethingIsDue() throws {
    let host = DriverHost(
      reactor: try Reactor(signals: nil), events: EventQueue(),
      log: BoardLog(trace: TraceSink(.none), sink: { place.log.append($0) }))
    var cycle = SleepCycle(SystemSleep(folder: place.path + "/power", wakeSources: [place.path + "/keys"]))
    cycle.begin()
    let due = host.now() + .seconds(60)
    let canWake = host.reactor.setAlarm(due) == 0
    _ = host.reactor.setAlarm(nil)
    for _ in 0..<2 {
      if case .wait = cycle.plan(.suspend, until: due, host) { #expect(!canWake) } else { #expect(canWake) }
    }
    #expect(place.log.count == (canWake ? 0 : 1), "said once")
    if case .down = cycle.plan(.suspend, until: host.now() + .seconds(1), host) { #expect(Bool(false), "too short") }
    #expect(host.reactor.setAlarm(nil) == 0)
  }
}
