import CLinux
import Drivers
import HAL
import Units

/// Stimuli from a descriptor, one per line: a pipe or a terminal is read as it speaks, a plain file at once. At its end, and when it is broken,
/// it is left alone.
final class Console {
  private let descriptor: Int32
  private let reactor: Reactor
  private var partial: [UInt8] = []
  private var skipsLine = false
  private(set) var isOpen = true
  /// A plain file cannot be watched: it is always ready.
  let isPlainFile: Bool

  private static let longestLine = 4096
  private static let notWatchable: Int32 = -1  // -EPERM, which epoll_ctl gives for plain files

  init(descriptor: Int32, reactor: Reactor) throws(DeviceError) {
    self.descriptor = descriptor
    self.reactor = reactor
    let watched = reactor.watch(descriptor, SOTTO_READABLE, for: .console)
    isPlainFile = watched == Console.notWatchable
    if watched < 0, !isPlainFile { throw DeviceError(system: .processor, "read stimuli", watched) }
  }

  deinit { close() }

  /// Reads what is there, once, and hands over each whole line or what is wrong with it.
  func read(_ take: (Result<Stimulus, StimulusError>) -> Void) {
    guard isOpen else { return }
    var chunk = [UInt8](repeating: 0, count: Console.longestLine)
    let count = chunk.withUnsafeMutableBytes { sotto_read(descriptor, $0.baseAddress, $0.count) }
    if count == -Int64(sotto_error_would_block()) { return }
    guard count > 0 else {
      endLine(take)
      return close()
    }
    for byte in chunk[0..<Int(count)] {
      if byte == UInt8(ascii: "\n") {
        endLine(take)
      } else if partial.count < Console.longestLine {
        partial.append(byte)
      } else if !skipsLine {
        skipsLine = true
        take(.failure(StimulusError(explanation: "a line of more than " + decimal(Console.longestLine) + " bytes was left out")))
      }
    }
  }

  private func endLine(_ take: (Result<Stimulus, StimulusError>) -> Void) {
    defer {
      partial.removeAll(keepingCapacity: true)
      skipsLine = false
    }
    guard !skipsLine else { return }
    do throws(StimulusError) {
      if let stimulus = try Stimulus.parse(bytes: partial[...]) { take(.success(stimulus)) }
    } catch {
      take(.failure(error))
    }
  }

  private func close() {
    guard isOpen else { return }
    isOpen = false
    if !isPlainFile { reactor.unwatch(descriptor) }
  }
}
