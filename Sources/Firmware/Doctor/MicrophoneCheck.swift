import Drivers
import HAL
import Units

/// Microphones as the kernel lists them, and the level of one over a second.
struct MicrophoneCheck {
  /// The board's device as its file names it; nil when nothing is asked for.
  let wanted: String?
  let light: LineDescription?
  let conversation: Conversation

  func examine() -> SubjectReport {
    var report = SubjectReport(.microphone)
    let names = SoundCheck.list(&report) { $0.capturing }
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
      report.wrong(name + " cannot be heard: the microphone " + error.sentence + ".", mend: SoundCheck.mend(error, "arecord -l"))
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
    let card = SoundCheck.card(name)
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
}
