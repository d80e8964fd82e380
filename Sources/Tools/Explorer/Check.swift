import Engagement
import HAL
import Power
import Runtime

/// What must hold in every state, and of every move. Each names what is broken, in plain words.
enum Check {
  /// Of a state however it came about.
  static func breach(of world: World, fault: Fault?) -> String? {
    leases(world) ?? capture(world) ?? policy(world) ?? clients(world) ?? (world.asked == nil ? settled(world, fault) : nil)
  }

  /// Of a move from one state to another.
  static func breach(of move: Move, from before: World, to after: World, hasBegun: Bool, hasEnded: Bool, wasTold: Bool) -> String?
  {
    let old = before.image.engagement
    let new = after.image.engagement
    switch (move, old.state) {
    case (.press, .dormant), (.press, .armed), (.wakeWord, .dormant), (.wakeWord, .armed), (.typedQuestion, .dormant),
      (.typedQuestion, .armed):
      let isHeld = before.policy.isHeld && move == .wakeWord
      if old.isWorn && !hasBegun && !wasTold && !isHeld { return "a wake is lost" }
      if hasBegun && before.policy.isHeld && move != .typedQuestion { return "the glasses listen during the privacy hold" }
    case (.press, .engaged), (.press, .thinking), (.press, .presenting):
      if new.state.isInTurn { return "a press does not stop the turn" }
      if !hasEnded && !old.presenting.isNotice { return "a turn is stopped without its end" }
    default: break
    }
    return nil
  }

  /// What the broker counts is what the slots hold.
  private static func leases(_ world: World) -> String? {
    let slots = world.image.slots
    let held: [(Part, [Int])] = [
      (.processor, [slots.processor, slots.clientsProcessor]), (.microphone, [slots.microphone]), (.camera, [slots.camera]),
      (.speaker, [slots.speaker, slots.clientsSpeaker]), (.display, [slots.display]), (.link, [slots.link, slots.parkedLink]),
      (.indicator, []),
    ]
    for (part, levels) in held {
      for level in 1...PowerBroker.highestLevel
      where world.image.broker.leaseCount(of: part, level: level) != levels.count(where: { $0 == level }) {
        return "a lease on the \(part.name) has no holder"
      }
    }
    return nil
  }

  /// No capture without the light, nor on the way to it.
  private static func capture(_ world: World) -> String? {
    let broker = world.image.broker
    let around = world.around
    if broker.level(of: .indicator) > 0 && !around.isLit && !around.wentDark { return "the light counts as on, and is not" }
    for need in Conductor.privacy {
      let mayBeUp = broker.highestLevel(of: need.part) >= need.level
      if !mayBeUp || broker.level(of: need.requires) >= need.requiredLevel { continue }
      // A light that failed while they ran or rose: they come down as soon as they can.
      let isFalling = broker.transition(of: need.part).map { $0.to < need.level } ?? false
      if !(around.lightFailed && isFalling) { return "the \(need.part.name) is up, or rises, without the light" }
    }
    return nil
  }

  /// Nothing is leased that policy forbids, however it came about; nothing listens that should not.
  private static func policy(_ world: World) -> String? {
    let slots = world.image.slots
    let permissions = world.policy.permissions
    if world.policy.isHeld && slots.microphone > 0 { return "the microphone is leased during the privacy hold" }
    if world.policy.isHeld && slots.camera > 0 { return "the camera is leased during the privacy hold" }
    if !permissions.camera && slots.camera > 0 { return "the camera is leased, which battery or temperature forbid" }
    if !permissions.display && slots.display > 0 { return "the display is leased, which battery or temperature forbid" }
    let engagement = world.image.engagement
    guard world.asked == nil else { return nil }
    if engagement.state == .armed && !permissions.arming { return "armed against the policy" }
    if engagement.state == .dormant && permissions.arming && !engagement.isDeaf { return "not armed, against the policy" }
    return nil
  }

  /// A client holds what it was told that it holds, and nothing else; together they are leased nothing that captures, shows or sends.
  private static func clients(_ world: World) -> String? {
    for place in 0..<2 {
      let held = world.clients[place]?.leases ?? .none
      for part in Part.allCases where held[part] != world.promises[place][part] {
        return held[part] > world.promises[place][part]
          ? "the \(part.name) is held for a client that is gone, or was never granted it"
          : "a client holds the \(part.name), and the glasses do not know"
      }
    }
    let wish = world.clients.wish
    if wish != world.promises.union { return "what the clients hold together is not what they hold" }
    for part in Part.allCases where wish[part] > 0 && part != .processor && part != .speaker {
      return "a client holds the \(part.name)"
    }
    guard world.asked == nil else { return nil }
    let slots = world.image.slots
    if slots.clientsProcessor != wish[.processor] { return "the processor is not leased as the clients hold it" }
    if slots.clientsSpeaker != wish[.speaker] { return "the speaker is not leased as the clients hold it" }
    if wish[.speaker] > 0 && world.image.broker.hasFailed(.speaker) { return "a client holds a speaker that has failed" }
    return nil
  }

  private static func settled(_ world: World, _ fault: Fault?) -> String? {
    let engagement = world.image.engagement
    let around = world.around
    let state = engagement.state
    let hasDeadline = engagement.deadline != nil || fault == .deadlineInDormant && state == .dormant
    switch state {
    case .notWorn, .dormant, .armed: if hasDeadline { return "a deadline at rest" }
    case .engaged, .thinking, .presenting, .pairing: if !hasDeadline { return "no deadline in \(state.name)" }
    }
    if !around.isWorn && state != .notWorn && state != .pairing { return "taken off, but \(state.name)" }
    if around.isWorn && state == .notWorn { return "worn, but not so to the machine" }
    if around.isTurnOpen != (state.isInTurn && !engagement.presenting.isNotice) { return "a turn's end is missing" }
    if state == .presenting && around.hostReported && around.soundReported && around.cardReported {
      return "presenting goes on after card and sound are gone"
    }
    for part in World.parts where world.image.broker.isMoving(part) != world.pending.contains(where: { $0.part == part }) {
      return "the \(part.name) is waited for, and nobody will answer"
    }
    if world.pending.isEmpty, let breach = demand(world) { return breach }
    return world.isQuiet ? rest(world) : nil
  }

  /// With nothing on its way, what is leased is there, or its failure was told: camera, microphone and link are then not leased any more.
  private static func demand(_ world: World) -> String? {
    let broker = world.image.broker
    let slots = world.image.slots
    let wanted: [(Part, Int)] = [
      (.processor, max(slots.processor, slots.clientsProcessor)), (.microphone, slots.microphone), (.camera, slots.camera),
      (.speaker, max(slots.speaker, slots.clientsSpeaker)), (.display, slots.display), (.link, max(slots.link, slots.parkedLink)),
    ]
    for (part, level) in wanted {
      let mayLack = (part == .speaker || part == .display) && broker.hasFailed(part)
      if broker.level(of: part) != level && !mayLack {
        return broker.level(of: part) > level
          ? "the \(part.name) is up, and nobody wants it" : "the \(part.name) is wanted, and does not come"
      }
    }
    let light = slots.camera > 0 || slots.microphone == Level.microphoneStreaming
    if !light && broker.level(of: .indicator) > 0 { return "the indicator is up, and nobody wants it" }
    return nil
  }

  /// At rest nothing is leased but the parked link, what clients hold, and in armed the microphone.
  private static func rest(_ world: World) -> String? {
    let slots = world.image.slots
    var allowed = LeaseLevels()
    allowed.parkedLink = slots.parkedLink
    allowed.clientsProcessor = slots.clientsProcessor
    allowed.clientsSpeaker = slots.clientsSpeaker
    if world.image.engagement.state == .armed {
      allowed.microphone = Level.microphoneLocal
      allowed.processor = Level.processorListening
    }
    if slots != allowed { return "a lease is kept at rest" }
    if world.image.picture.stage != .none { return "a picture is waited for at rest" }
    return nil
  }
}
