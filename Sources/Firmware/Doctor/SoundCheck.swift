import Drivers
import HAL
import Units

/// Sound cards as the kernel lists them; the microphone's level over a second, and a tone on the speaker.
struct SoundCheck {
  /// The board's device as its file names it; nil when nothing is asked for.
  let wanted: String?
  let light: LineDescription?
  let conversation: Conversation

  // MARK: Microphone

  func examineMicrophone() -> SubjectReport {
    var report = SubjectReport(.microphone)
    let names = list(&report) { $0.capturing }
    guard let name = wanted ?? names.first else { return report }
    guard conversation.mayTry("Listen to " + name + " for a second? Say something.") else {
      report.note("The microphone was not listened to: --yes listens for a second.")
      return report
    }
    let recording = RecordingLight(light)
    defer { recording.end() }
    do throws(DeviceError) {
      let level = try listen(name)
      report.add(
        .object([
          Datum.Entry("tried", .text(name)), Datum.Entry("samples", .number(Int64(level.count))),
          Datum.Entry("peak_db", level.peak == 0 ? .nothing : .number(Int64(SoundLevels.decibels(level.peak)))),
          Datum.Entry("mean_db", level.mean == 0 ? .nothing : .number(Int64(SoundLevels.decibels(level.mean)))),
          Datum.Entry("clipped", .number(Int64(level.clipped))), Datum.Entry("lost", .number(Int64(level.lost))),
        ]), [name + ": " + level.bar])
      judge(level, name, &report)
    } catch {
      report.wrong(name + " cannot be heard: the microphone " + error.sentence + ".", mend: mend(error, "arecord -l"))
    }
    return report
  }

  private static let listeningTime = Duration.seconds(1)
  private static let patience = Duration.seconds(5)
  private static let period = Duration.milliseconds(50)

  private func listen(_ name: String) throws(DeviceError) -> SoundLevels {
    let loop = try DeviceLoop { _ in }
    let source = loop.makeSource()
    let microphone = ALSACapture(host: loop.host, source: source, name: name)
    loop.connect(source, ready: { microphone.descriptorReady($0) }, due: { microphone.timerDue() })
    var level = SoundLevels()
    var failure: DeviceError?
    var block = [Int16](repeating: 0, count: AudioFormat.captureRate / 10)
    let enough = AudioFormat.captureRate * Int(Self.listeningTime.milliseconds) / 1000
    func note(_ event: BoardEvent) {
      switch event {
      case .microphoneReady:
        do throws(DeviceError) {
          while true {
            var samples = block.mutableSpan
            let got = try microphone.read(into: &samples)
            level.lost += got.lost
            if got.count == 0 { break }
            for index in 0..<got.count { level.add(block[index]) }
          }
        } catch {
          failure = error
        }
      case .deviceFailed(let error): failure = error
      default: break
      }
    }
    try microphone.start(period: Self.period)
    defer { microphone.stop() }
    _ = loop.wait(until: loop.now() + Self.patience, for: { level.count >= enough || failure != nil }, note: note)
    if let failure { throw failure }
    if level.count == 0 { throw DeviceError(.microphone, "read", .timedOut) }
    return level
  }

  private func judge(_ level: SoundLevels, _ name: String, _ report: inout SubjectReport) {
    let card = Self.card(name)
    if level.peak == 0 {
      report.note(
        name + " gives silence only: it may be muted or not connected.",
        mend: "amixer" + card + " sset Capture cap 80%; alsamixer" + card)
    } else if level.clipped > 0 {
      report.wrong(
        name + " is too loud: " + level.clipped.description + " samples stand at the limit.",
        mend: "amixer" + card + " sset Capture 60%")
    } else {
      report.fine(name + " is heard, " + SoundLevels.decibels(level.peak).description + " dB at the loudest, nothing clipped.")
    }
    if level.lost > 0 { report.note(level.lost.description + " samples were lost while listening.") }
  }

  // MARK: Speaker

  func examineSpeaker() -> SubjectReport {
    var report = SubjectReport(.speaker)
    let names = list(&report) { $0.playing }
    guard let name = wanted ?? names.first else { return report }
    guard conversation.mayTry("Play a tone of one second on " + name + "?") else {
      report.note("No tone was played: --yes plays one.")
      return report
    }
    do throws(DeviceError) {
      try play(name)
      report.add(.object([Datum.Entry("tried", .text(name)), Datum.Entry("hertz", .number(Int64(Tone.hertz)))]), [])
    } catch {
      report.wrong(name + " cannot be played on: the speaker " + error.sentence + ".", mend: mend(error, "aplay -l"))
      return report
    }
    switch conversation.noticed("Did you hear the tone?") {
    case nil: report.fine(name + " played a tone; nobody was asked whether it was heard.")
    case true?: report.fine("The tone of " + name + " was heard.")
    case false?:
      report.wrong(
        "The tone of " + name + " was not heard.",
        mend: "amixer" + Self.card(name) + " sset Master unmute 80%; alsamixer" + Self.card(name))
    }
    return report
  }

  private func play(_ name: String) throws(DeviceError) {
    let loop = try DeviceLoop { _ in }
    let source = loop.makeSource()
    let speaker = ALSAPlayback(host: loop.host, source: source, name: name)
    loop.connect(source, ready: { speaker.descriptorReady($0) }, due: { speaker.timerDue() })
    let tone = Tone.samples()
    var written = 0
    var isDone = false
    var failure: DeviceError?
    func note(_ event: BoardEvent) {
      switch event {
      case .speakerReady:
        do throws(DeviceError) {
          written += try speaker.write(tone.span.extracting(written..<tone.count))
        } catch {
          failure = error
        }
        if written == tone.count { speaker.drain() }
      case .speakerDrained: isDone = true
      case .deviceFailed(let error): failure = error
      default: break
      }
    }
    try speaker.start()
    defer { speaker.stop() }
    let came = loop.wait(until: loop.now() + Self.patience, for: { isDone || failure != nil }, note: note)
    if let failure { throw failure }
    if !came { throw DeviceError(.speaker, "play", .timedOut) }
  }

  // MARK: Both

  /// Lists the cards' devices and gives their names.
  private func list(_ report: inout SubjectReport, _ devices: (SoundCard) -> [Int]) -> [String] {
    let cards: [SoundCard]
    do throws(DeviceError) {
      cards = try SoundCards.list()
    } catch {
      report.wrong("Sound cards cannot be listed: " + error.sentence + ".", mend: "cat /proc/asound/cards")
      return []
    }
    var names: [String] = []
    for card in cards {
      for number in devices(card) {
        let name = card.name + ",DEV=" + number.description
        names.append(name)
        report.add(
          .object([
            Datum.Entry("name", .text(name)), Datum.Entry("card", .text(card.description)),
            Datum.Entry("driver", .text(card.driver)),
            Datum.Entry("device", .number(Int64(number))),
          ]), [name + ": " + card.description + " (" + card.driver + ")"])
      }
    }
    return names
  }

  private func mend(_ error: DeviceError, _ list: String) -> String {
    switch error.cause {
    case .busy: "stop the program that has it: sudo fuser -v /dev/snd/*"
    case .forbidden: "see permissions above"
    case .absent, .removed, .unsupported, .malformed, .timedOut, .full, .io, .refused: list
    }
  }

  /// ` -c CARD` for the mixers' command lines; nothing for names that are no card's.
  static func card(_ name: String) -> String {
    let bytes = [UInt8](name.utf8)
    let long = [UInt8]("hw:CARD=".utf8)
    let short = [UInt8]("hw:".utf8)
    let start = bytes.starts(with: long) ? long.count : bytes.starts(with: short) ? short.count : 0
    guard start > 0 else { return "" }
    return " -c " + String(decoding: bytes[start...].prefix { $0 != UInt8(ascii: ",") }, as: UTF8.self)
  }
}
