/// Counts the frames that a camera made and nobody got, by the sequence numbers that the kernel gives them.
///
/// The number has 32 bits and goes round; it begins anew with the stream. A step of half its range or more is a driver that began
/// anew without being asked, not two thousand million lost frames.
public struct FrameSequence: Sendable, Hashable {
  private var last: UInt32?
  /// Frames that came.
  public private(set) var frames: UInt64 = 0
  /// Frames between them that did not.
  public private(set) var lost: UInt64 = 0
  /// Times that the numbers went back without a new stream.
  public private(set) var setbacks: UInt64 = 0

  public init() {}

  /// The stream begins anew; the sums stay.
  public mutating func restart() { last = nil }

  /// Takes the number of the next frame; returns how many are missing before it.
  @discardableResult
  public mutating func take(_ number: UInt32) -> UInt32 {
    frames += 1
    defer { last = number }
    guard let last else { return 0 }
    let step = number &- last
    guard step != 0, step < 1 << 31 else {
      setbacks += 1
      return 0
    }
    lost += UInt64(step - 1)
    return step - 1
  }
}
