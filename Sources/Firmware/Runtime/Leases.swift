import HAL
import Power

/// Every lease that the glasses can hold, one slot per reason.
struct Leases: ~Copyable {
  var processor = LeaseSlot(.processor, for: .turn)
  var microphone = LeaseSlot(.microphone, for: .turn)
  var camera = LeaseSlot(.camera, for: .picture)
  var speaker = LeaseSlot(.speaker, for: .turn)
  var display = LeaseSlot(.display, for: .overlay)
  var link = LeaseSlot(.link, for: .turn)
  /// Keeps the link open, silent, between turns.
  var parkedLink = LeaseSlot(.link, for: .parking)

  mutating func releaseAll(_ broker: inout PowerBroker) {
    processor.adjust(to: 0, &broker)
    microphone.adjust(to: 0, &broker)
    camera.adjust(to: 0, &broker)
    speaker.adjust(to: 0, &broker)
    display.adjust(to: 0, &broker)
    link.adjust(to: 0, &broker)
    parkedLink.adjust(to: 0, &broker)
  }
}
