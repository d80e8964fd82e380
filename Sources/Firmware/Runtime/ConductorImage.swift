import Engagement
import HAL
import Power

/// A conductor set aside as a plain value, to be taken up again as often as wanted. The firmware has no use for it: it is how the
/// explorer walks through all states (docs/design/0003).
package struct ConductorImage: Sendable {
  package fileprivate(set) var engagement: Engagement
  /// Its leases are counted in; the slots' levels stand for them.
  package var broker: PowerBroker
  package var slots: LeaseLevels
  package fileprivate(set) var inbox: [EngagementEvent]
  package fileprivate(set) var picture: PictureProgress
  package fileprivate(set) var openingLink: PowerBroker.Transition?
  package fileprivate(set) var mayHaveLost: Bool
  fileprivate var failures: [DeviceError?]
  fileprivate var fitting: Fitting
}

/// The level that each slot holds, 0 for none.
package struct LeaseLevels: Sendable, Hashable {
  package var processor = 0
  package var microphone = 0
  package var camera = 0
  package var speaker = 0
  package var display = 0
  package var link = 0
  package var parkedLink = 0
  package var clientsProcessor = 0
  package var clientsSpeaker = 0

  package init() {}
}

extension Conductor {
  package consuming func setAside() -> ConductorImage {
    let slots = leases.setAside()
    return ConductorImage(
      engagement: engagement, broker: broker, slots: slots, inbox: inbox, picture: picture, openingLink: openingLink,
      mayHaveLost: mayHaveLost, failures: failures, fitting: fitting)
  }

  package init(_ image: ConductorImage) {
    engagement = image.engagement
    broker = image.broker
    leases.resume(image.slots)
    inbox = image.inbox
    picture = image.picture
    openingLink = image.openingLink
    failures = image.failures
    mayHaveLost = image.mayHaveLost
    fitting = image.fitting
  }
}

extension Leases {
  fileprivate mutating func setAside() -> LeaseLevels {
    var levels = LeaseLevels()
    levels.processor = processor.setAside()
    levels.microphone = microphone.setAside()
    levels.camera = camera.setAside()
    levels.speaker = speaker.setAside()
    levels.display = display.setAside()
    levels.link = link.setAside()
    levels.parkedLink = parkedLink.setAside()
    levels.clientsProcessor = clientsProcessor.setAside()
    levels.clientsSpeaker = clientsSpeaker.setAside()
    return levels
  }

  fileprivate mutating func resume(_ levels: LeaseLevels) {
    processor.resume(levels.processor)
    microphone.resume(levels.microphone)
    camera.resume(levels.camera)
    speaker.resume(levels.speaker)
    display.resume(levels.display)
    link.resume(levels.link)
    parkedLink.resume(levels.parkedLink)
    clientsProcessor.resume(levels.clientsProcessor)
    clientsSpeaker.resume(levels.clientsSpeaker)
  }
}
