import CALSA
import HAL
import Units

/// One element of a sound card's mixer: volume and mute of a speaker or of a microphone.
public final class ALSAMixer {
  private let part: Part
  private let mixer: OpaquePointer
  private let index: Int32

  /// `device` is the name of the PCM device (`hw:CARD=Array,DEV=0`): its card is the one meant. `element` is the element's name as
  /// `amixer scontrols` shows it.
  public init(device: String, element: String, part: Part) throws(DeviceError) {
    var opened: OpaquePointer?
    let result = ALSAMixer.control(of: device).withCString { sotto_mixer_open($0, &opened) }
    guard result >= 0, let opened else { throw DeviceError(system: part, "open mixer", result) }
    let names = ALSAMixer.names(opened)
    guard let index = names.firstIndex(of: element) else {
      sotto_mixer_close(opened)
      throw DeviceError(part, "find mixer element", .absent)
    }
    self.part = part
    mixer = opened
    self.index = Int32(index)
  }

  deinit { sotto_mixer_close(mixer) }

  /// Switches the element that a board names on, and sets its volume where it states one. Nothing without an element.
  static func prepare(_ element: String?, volume: Percent?, of device: String, for part: Part) throws(DeviceError) {
    guard let element else { return }
    let mixer = try ALSAMixer(device: device, element: element, part: part)
    if let volume { try mixer.set(volume: volume) }
    try mixer.set(isMuted: false)
  }

  /// The elements of a device's card.
  public static func elements(of device: String) throws(DeviceError) -> [String] {
    var opened: OpaquePointer?
    let result = control(of: device).withCString { sotto_mixer_open($0, &opened) }
    guard result >= 0, let opened else { throw DeviceError(system: .speaker, "open mixer", result) }
    defer { sotto_mixer_close(opened) }
    return names(opened)
  }

  /// Hundredths of the element's own range; nil when it has no volume.
  public var volume: Percent? {
    let volume = sotto_mixer_volume(mixer, index, captures)
    return volume < 0 ? nil : Percent(Int(volume))
  }

  /// Nil when it has no switch.
  public var isMuted: Bool? {
    let value = sotto_mixer_switch(mixer, index, captures)
    return value < 0 ? nil : value == 0
  }

  public func set(volume: Percent) throws(DeviceError) {
    try check(sotto_mixer_set_volume(mixer, index, captures, Int32(volume.value)), "set volume")
  }

  /// An element without a switch cannot be muted and never is.
  public func set(isMuted: Bool) throws(DeviceError) {
    guard sotto_mixer_has_switch(mixer, index, captures) else {
      if isMuted { throw DeviceError(part, "mute", .unsupported) }
      return
    }
    try check(sotto_mixer_set_switch(mixer, index, captures, !isMuted), "mute")
  }

  private var captures: Bool { part == .microphone }

  /// `hw:CARD=Array,DEV=0` and `plughw:0,0` are devices of the cards `hw:CARD=Array` and `hw:0`.
  static func control(of device: String) -> String {
    let card = device.utf8.prefix { $0 != UInt8(ascii: ",") }
    guard let colon = card.firstIndex(of: UInt8(ascii: ":")) else { return device }
    return "hw:" + String(decoding: card[card.index(after: colon)...], as: UTF8.self)
  }

  private static func names(_ mixer: OpaquePointer) -> [String] {
    (0..<sotto_mixer_count(mixer)).map { String(cString: sotto_mixer_name(mixer, $0)) }
  }

  private func check(_ result: Int32, _ operation: StaticString) throws(DeviceError) {
    if result < 0 { throw DeviceError(system: part, operation, result) }
  }
}
