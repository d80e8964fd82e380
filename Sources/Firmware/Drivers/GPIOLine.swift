import CGPIO
import HAL
import Units

/// One change of an input, logical.
public struct LineEdge: Sendable, Hashable {
  public var active: Bool
  public var at: Instant

  public init(active: Bool, at: Instant) {
    self.active = active
    self.at = at
  }
}

/// What a line is requested for.
public enum LineUse: Sendable, Hashable {
  /// Changes are reported; levels must hold for `debounce` where the kernel can see to it.
  case edges(debounce: Duration)
  /// Only asked for its level.
  case sense
  case output(active: Bool)
}

/// A requested line: the kernel's, or one of a test. Results are values of 0 or more, or negated error numbers.
public protocol GPIOLine: AnyObject {
  /// Readable when an edge waits; -1 for other uses than `edges`.
  var descriptor: Int32 { get }
  func level() -> Int32
  func set(active: Bool) -> Int32
  /// Adds the edges that wait, oldest first. 0 or the negated error number.
  func takeEdges(into edges: inout [LineEdge]) -> Int32
  /// Gives it back.
  func close()
}

/// A line of the kernel through libgpiod.
public final class KernelLine: GPIOLine {
  private var line: OpaquePointer?
  private var buffer = [sotto_gpio_edge](repeating: sotto_gpio_edge(), count: 16)

  /// Edges that the kernel keeps for us, where that can be chosen: a bouncing button gives tens within a few milliseconds, and the
  /// kernel's own 16 overflow while the processor is busy.
  private static let kept: UInt32 = 64

  private init(_ line: OpaquePointer) { self.line = line }

  deinit { close() }

  /// The line, of a chip or of an input device (`KeyLine`), or the negated error number (CGPIO.h).
  public static func request(_ description: LineDescription, _ use: LineUse) -> Result<any GPIOLine, LineError> {
    if let device = KeyLine.device(of: description.chip) { return KeyLine.request(description, device: device, use) }
    var flags: UInt32 = description.isActiveLow ? SOTTO_GPIO_ACTIVE_LOW : 0
    var debounce: UInt32 = 0
    switch use {
    case .edges(let time):
      flags |= SOTTO_GPIO_EDGES
      debounce = UInt32(clamping: time.nanoseconds / 1000)
    case .sense: break
    case .output(let active): flags |= SOTTO_GPIO_OUTPUT | (active ? SOTTO_GPIO_INITIALLY_ACTIVE : 0)
    }
    switch description.bias {
    case .asIs: break
    case .none: flags |= SOTTO_GPIO_BIAS_NONE
    case .pullUp: flags |= SOTTO_GPIO_BIAS_UP
    case .pullDown: flags |= SOTTO_GPIO_BIAS_DOWN
    }
    var opened: OpaquePointer?
    let result = description.chip.withCString { chip in
      description.line.withCString { sotto_gpio_open(chip, $0, flags, debounce, kept, &opened) }
    }
    guard result == 0, let opened else { return .failure(LineError(errno: -result)) }
    return .success(KernelLine(opened))
  }

  public var descriptor: Int32 { line == nil ? -1 : sotto_gpio_descriptor(line) }
  public func level() -> Int32 { line == nil ? LineError.gone : sotto_gpio_level(line) }
  public func set(active: Bool) -> Int32 { line == nil ? LineError.gone : sotto_gpio_set(line, active) }

  public func takeEdges(into edges: inout [LineEdge]) -> Int32 {
    guard line != nil else { return LineError.gone }
    while true {
      let count = buffer.withUnsafeMutableBufferPointer { sotto_gpio_take_edges(line, $0.baseAddress, Int32($0.count)) }
      guard count > 0 else { return count }
      for edge in buffer[0..<Int(count)] {
        edges.append(LineEdge(active: edge.active, at: Instant(nanoseconds: edge.nanoseconds)))
      }
      if Int(count) < buffer.count { return 0 }
    }
  }

  public func close() {
    sotto_gpio_close(line)
    line = nil
  }
}

/// Why a line could not be had.
public struct LineError: Error, Sendable, Hashable {
  /// Positive.
  public var errno: Int32

  public init(errno: Int32) { self.errno = errno }

  /// What calls give when the chip went away.
  static let gone: Int32 = -19  // -ENODEV
}
