import Foundation
import Scenario
import Units

/// Shows a play as it goes: states, the transcript as it forms, the answer, the display.
final class LiveView {
  private let screen: Screen
  private var origin: Instant?
  private var partial = ""

  init(screen: Screen) {
    self.screen = screen
  }

  func show(_ news: RigNews) {
    switch news {
    case .event(let event): show(event)
    case .stimulus(let stimulus): screen.line(screen.dim(pad("") + "· " + stimulus.phrase))
    case .words(let text, from: "key"): screen.passing(text)
    case .words(let text, let source): screen.line(screen.dim(pad(source) + text))
    case .display(let path): showDisplay(path)
    }
  }

  func finish() {
    screen.line("")
  }

  private func show(_ event: TraceEvent) {
    guard event.phase != .metadata, event.phase != .counter else { return }
    if origin == nil { origin = event.time }
    let text = { (key: String) in event.arguments[key]?.text ?? "" }
    if event.track == TraceEvent.Track.state {
      if event.phase == .begin { screen.line(time(event) + screen.bold(event.name)) }
      return
    }
    switch (event.name, event.phase) {
    case ("transcript", _):
      if event.arguments["final"] == .boolean(false) {
        screen.passing(pad("you") + text("text") + "…")
      } else {
        screen.line(pad("you") + text("text"))
      }
    case ("answer", _): screen.line(pad("sotto") + text("text"))
    case ("picture_taken", _): screen.line(screen.dim(pad("") + "picture taken"))
    case ("first_sample", _): screen.line(screen.dim(time(event) + "first sound of the answer"))
    case ("pairing_digits", _): screen.line(pad("glasses") + "digits \(text("digits"))")
    case ("link_up", _): screen.line(screen.dim(time(event) + "link up"))
    case ("link_down", _): screen.line(screen.dim(time(event) + "link down: \(text("reason"))"))
    case ("log", _): screen.line(screen.dim(pad("glasses") + text("text")))
    case ("turn", .end): screen.line(time(event) + "turn \(text("outcome"))")
    default: break
    }
  }

  private func showDisplay(_ path: String) {
    // Without a terminal the path says enough: the pictures are on disk.
    guard screen.isTerminal, let picture = TerminalPicture(png: path) else { return screen.line(pad("display") + path) }
    for line in picture.lines(columns: min(64, screen.columns - 12)) { screen.line(pad("") + line) }
  }

  private func time(_ event: TraceEvent) -> String {
    let seconds = Double((event.time - (origin ?? event.time)).nanoseconds) / 1e9
    return String(format: "%7.3f s  ", seconds)
  }

  private func pad(_ word: String) -> String { String(repeating: " ", count: max(0, 9 - word.count)) + word + "  " }
}
