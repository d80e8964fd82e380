import HAL
import Power

/// Every lease that the glasses can hold, one slot per reason.
struct Leases: ~Copyable {
  var processor = LeaseSlot(.processor, for: .arming)
  var microphone = LeaseSlot(.microphone, for: .arming)
  var camera = LeaseSlot(.camera, for: .turn(0))
  var speaker = LeaseSlot(.speaker, for: .turn(0))
  var display = LeaseSlot(.display, for: .card)
  var link = LeaseSlot(.link, for: .turn(0))
  /// Keeps the link open, silent, between turns.
  var parkedLink = LeaseSlot(.link, for: .parkedLink)
  /// What clients of the control port hold, all of them together; `ControlClients` knows which.
  var clientsProcessor = LeaseSlot(.processor, for: .control(client: 0, process: 0))
  var clientsSpeaker = LeaseSlot(.speaker, for: .control(client: 0, process: 0))

  mutating func releaseAll(_ broker: inout PowerBroker) {
    processor.adjust(to: 0, &broker)
    microphone.adjust(to: 0, &broker)
    camera.adjust(to: 0, &broker)
    speaker.adjust(to: 0, &broker)
    display.adjust(to: 0, &broker)
    link.adjust(to: 0, &broker)
    parkedLink.adjust(to: 0, &broker)
    clientsProcessor.adjust(to: 0, &broker)
    clientsSpeaker.adjust(to: 0, &broker)
  }

  static let count = 7

  /// Calls `body` with each slot but those of the clients and its number, 0 up to `count`.
  func visit(_ body: (Int, borrowing LeaseSlot) -> Void) {
    body(0, processor)
    body(1, microphone)
    body(2, camera)
    body(3, speaker)
    body(4, display)
    body(5, link)
    body(6, parkedLink)
  }
}
