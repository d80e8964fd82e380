import CALSA
import CLinux

/// The descriptors of one ALSA device in the reactor. Most devices have one; the plug-ins that mix have more.
struct ALSAWatches {
  enum Meaning { case ready, nothing, broken }

  private let source: EventSource
  private var descriptors: [pollfd] = []
  private var isWatching = false

  private static let capacity = 8

  init(source: EventSource) { self.source = source }

  /// 0, or the negated error number.
  mutating func begin(_ device: OpaquePointer, on reactor: Reactor) -> Int32 {
    guard !isWatching else { return 0 }
    var list = [pollfd](repeating: pollfd(fd: -1, events: 0, revents: 0), count: ALSAWatches.capacity)
    let count = list.withUnsafeMutableBufferPointer { sotto_pcm_descriptors(device, $0.baseAddress, Int32($0.count)) }
    guard count >= 0 else { return count }
    descriptors = [pollfd](list.prefix(Int(count)))
    isWatching = true
    for descriptor in descriptors {
      let result = reactor.watch(descriptor.fd, UInt32(UInt16(bitPattern: descriptor.events)), for: source)
      if result < 0 {
        end(on: reactor)
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
  mutating func meaning(of readiness: Readiness, for device: OpaquePointer) -> Meaning {
    guard isWatching else { return .nothing }
    for index in descriptors.indices {
      descriptors[index].revents = Int16(truncatingIfNeeded: readiness.events) & (descriptors[index].events | 0x18)
    }
    let result = descriptors.withUnsafeMutableBufferPointer { sotto_pcm_meaning(device, $0.baseAddress, Int32($0.count)) }
    if result < 0 || UInt32(result) & (SOTTO_FAILED | SOTTO_HUNG_UP) != 0 { return .broken }
    return UInt32(result) & (SOTTO_READABLE | SOTTO_WRITABLE) != 0 ? .ready : .nothing
  }
}
