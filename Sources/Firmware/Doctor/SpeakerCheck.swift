import Drivers
import HAL
import Units

/// Speakers as the kernel lists them, and a tone on one.
struct SpeakerCheck {
  /// The board's device as its file names it; nil when nothing is asked for.
  let wanted: String?
  let conversation: Conversation

  func examine() -> SubjectReport {
    var report = SubjectReport(.speaker)
    let names = SoundCheck.list(&report) { $0.playing }
    guard let name = wanted ?? names.first else { return report }
    guard conversation.mayTry("Play a tone of one second on " + name + "?") else {
      report.note("No tone was played: --yes plays one.")
      return report
    }
    do throws(DeviceError) {
      try play(name)
      report.add(.object([Datum.Entry("tried", .text(name)), Datum.Entry("hertz", .number(Int64(Tone.hertz)))]), [])
    } catch {
      report.wrong(name + " cannot be played on: the speaker " + error.sentence + ".", mend: SoundCheck.mend(error, "aplay -l"))
      return report
    }
    switch conversation.noticed("Did you hear the tone?") {
    case nil: report.fine(name + " played a tone; nobody was asked whether it was heard.")
    case true?: report.fine("The tone of " + name + " was heard.")
    case false?:
      report.wrong(
        "The tone of " + name + " was not heard.",
        mend: "amixer" + SoundCheck.card(name) + " sset Master unmute 80%; alsamixer" + SoundCheck.card(name))
    }
    return report
  }

  private static let patience = Duration.seconds(5)

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
}
