import CLinux
import HAL
import Units

/// Where trace lines go: nowhere, to a file, or to whoever asked for them.
public final class TraceSink {
  public enum Destination {
    case none
    case file(PlainFile)
    case lines((Span<UInt8>) -> Void)
  }

  private let destination: Destination
  private var buffer: [UInt8] = []
  public private(set) var hasBegun = false
  /// The first error of the file; after it the trace is given up.
  public private(set) var failure: Int32 = 0

  /// What is gathered before it is written in the middle of work.
  private static let bufferSize = 32 * 1024

  public init(_ destination: Destination) {
    self.destination = destination
    if case .file = destination { buffer.reserveCapacity(TraceSink.bufferSize) }
  }

  deinit { flush() }

  public var isTracing: Bool {
    switch destination {
    case .none: false
    case .file: failure == 0
    case .lines: true
    }
  }

  public func write(_ line: Span<UInt8>) {
    switch destination {
    case .none: return
    case .file:
      hasBegun = true
      line.withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
      buffer.append(UInt8(ascii: "\n"))
      if buffer.count >= TraceSink.bufferSize { flush() }
    case .lines(let take):
      hasBegun = true
      take(line)
    }
  }

  /// Writes out what was gathered. Called before the board sleeps, so that a trace is complete whenever nothing happens.
  public func flush() {
    guard case .file(let file) = destination, !buffer.isEmpty else { return }
    if failure == 0 { failure = file.write(buffer.span) }
    buffer.removeAll(keepingCapacity: true)
  }
}
