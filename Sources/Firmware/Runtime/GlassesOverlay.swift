import Engagement
import HAL
import Overlay
import Power
import Units
import Voice
import Wire

extension Glasses {
  /// Gives one event to the overlay policy and carries out what changes.
  func handle(_ event: OverlayEvent, at now: Instant) {
    switch overlay.handle(event, at: now) {
    case .show(let card, _)?:
      tracer.mark("card", turn: engagement.turn, at: now) {
        $0.add("title", card.title)
        $0.add("body", card.body)
      }
      if card.kind == .reminder { play(.reminder, at: now) }
    case .hide?:
      if !isWatched { _ = overlay.handle(.watched(false), at: now) }
    case nil: break
    }
    if answer.isHostDone && !isAnswerVisible && answer.endCard() { conductor.post(.cardGone) }
  }

  func show(_ card: Card, at now: Instant) {
    handle(.show(card, time: nil), at: now)
  }

  func dismissCards(at now: Instant) {
    if let kind = overlay.card?.kind { handle(.dismiss(kind), at: now) }
  }

  /// Whether the card of the present turn, its answer or what went wrong, is being shown.
  private var isAnswerVisible: Bool {
    switch overlay.card?.kind {
    case .answer?, .notice?: true
    case .listening?, .digits?, .reminder?, nil: false
    }
  }

  /// What went wrong, as a card and a tone. In a turn this takes the place of the answer.
  func tell(_ notice: Notice, at now: Instant) {
    let text = Phrases.card(for: notice, privacyGesture: description.gestures.privacyGesture)
    tracer.log(text.body, at: now)
    // Perhaps the connection is dead and nobody has noticed: the next turn calls anew.
    if case .hostSilent = notice { resetLink(at: now) }
    answer = AnswerProgress()
    answer.isHostDone = true
    if case .privacy = notice {
      show(Card(.notice, title: text.title, body: text.body, isAsked: true), at: now)
      play(.privacyOn, at: now)
      return
    }
    show(Card(.notice, title: text.title, body: text.body, isAsked: engagement.state.isInTurn), at: now)
    if case .questionKept = notice { return soundKept(at: now) }
    if engagement.state.isInTurn { play(.failure, at: now) }
  }

  /// Shows a reminder that is due; the overlay policy keeps it back while it would disturb.
  func remind(_ reminder: Reminder, at now: Instant) {
    show(Card(.reminder, title: reminder.title, body: reminder.body), at: now)
  }

  /// Draws the visible card when the display is on and shows something else.
  func redraw(at now: Instant) {
    guard drawAfter == nil, let display = board.display, conductor.broker.level(of: .display) > 0, let card = overlay.card,
      card != drawnCard
    else { return }
    let drawing = display.withPixels { pixels in compositor.draw(card, on: &pixels) }
    drawnCard = card
    if drawing.textError != nil { tracer.log("The card's text could not be drawn: is a font installed?", at: now) }
    do throws(DeviceError) {
      try display.present(damage: drawing.damage)
    } catch {
      partFailed(error, at: now)
    }
  }
}
