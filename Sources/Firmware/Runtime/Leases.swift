import HAL
import Power

/// Every lease that the glasses can hold, one slot per reason.
struct Leases: ~Copyable {
  var processor = LeaseSlot(.processor)
  var microphone = LeaseSlot(.microphone)
  var camera = LeaseSlot(.camera)
  var speaker = LeaseSlot(.speaker)
  var display = LeaseSlot(.display)
  var link = LeaseSlot(.link)
  /// Keeps the link open, silent, between turns.
  var parkedLink = LeaseSlot(.link)

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
