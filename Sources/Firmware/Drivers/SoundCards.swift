import CALSA
import HAL

/// One sound card of the kernel.
public struct SoundCard: Sendable {
  /// A name that stays with the hardware: `hw:CARD=Loopback`; a device of it is `hw:CARD=Loopback,DEV=1`.
  public var name: String
  public var description: String
  public var driver: String
  /// Numbers of its devices that capture, and of those that play.
  public var capturing: [Int]
  public var playing: [Int]
}

/// The sound cards that are there now.
public enum SoundCards {
  public static func list() throws(DeviceError) -> [SoundCard] {
    var cards: OpaquePointer?
    let count = sotto_cards_list(&cards)
    guard count >= 0, let cards else { throw DeviceError(system: .microphone, "list", count) }
    defer { sotto_cards_free(cards) }
    return (0..<count).map { index in
      func text(_ which: sotto_card_text) -> String { String(cString: sotto_card_text(cards, index, Int32(which.rawValue))) }
      return SoundCard(
        name: "hw:CARD=" + text(SOTTO_CARD_ID), description: text(SOTTO_CARD_NAME), driver: text(SOTTO_CARD_DRIVER),
        capturing: numbers(sotto_card_devices(cards, index, true)), playing: numbers(sotto_card_devices(cards, index, false)))
    }
  }

  private static func numbers(_ bits: UInt32) -> [Int] {
    (0..<32).filter { bits & (1 << UInt32($0)) != 0 }
  }
}
