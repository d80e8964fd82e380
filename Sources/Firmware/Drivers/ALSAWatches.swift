import CALSA
import CLinux

/// The descriptors of one ALSA device in the reactor. Most devices have one; the plug-ins that mix have more.
struct ALSAWatches {
  enum Meaning { case ready, nothing, broken }

  private let source: EventSource
  private let device: OpaquePointer
  private var descriptors: [pollfd]
  private var isWatching = false

  private static let capacity = 8

  init(device: OpaquePointer, source: EventSource) {
    self.device = device
    self.source = source
    var list = [pollfd](repeating: pollfd(fd: -1, events: 0, revents: 0), count: ALSAWatches.capacity)
    let count = list.withUnsafeMutableBufferPointer { sotto_pcm_descriptors(device, $0.baseAddress, Int32($0.count)) }
    descriptors = [pollfd](list.prefix(Int(max(count, 0))))
  }

  /// 0, or the negated error number: -EPERM for what stands for a device and cannot be waited for (the `null` plug-in).
  mutating func begin(on reactor: Reactor) -> Int32 {
    guard !isWatching else { return 0 }
    isWatching = true
    for index in descriptors.indices {
      let descriptor = descriptors[index]
      let result = reactor.watch(descriptor.fd, UInt32(UInt16(bitPattern: descriptor.events)), for: source)
      if result < 0 {
        for earlier in 0..<index { reactor.unwatch(descriptors[earlier].fd) }
        isWatching = false
        return result
      }
    }
    return 0
  }

  mutating func end(on reactor: Reactor) {
    guard isWatching else { return }
    for descriptor in descriptors { reactor.unwatch(descriptor.fd) }
    isWatching = false
  }

  /// What the readiness of one descriptor means for the device: the plug-ins translate.
  mutating func meaning(of readiness: Readiness) -> Meaning {
    guard isWatching else { return .nothing }
    let always = Int16(truncatingIfNeeded: SOTTO_FAILED | SOTTO_HUNG_UP)
    for index in descriptors.indices {
      descriptors[index].revents = Int16(truncatingIfNeeded: readiness.events) & (descriptors[index].events | always)
    }
    let result = descriptors.withUnsafeMutableBufferPointer { sotto_pcm_meaning(device, $0.baseAddress, Int32($0.count)) }
    if result < 0 || UInt32(result) & (SOTTO_FAILED | SOTTO_HUNG_UP) != 0 { return .broken }
    return UInt32(result) & (SOTTO_READABLE | SOTTO_WRITABLE) != 0 ? .ready : .nothing
  }
}
