/// A first-in first-out queue of fixed capacity over one allocation made at the start.
///
/// Used for audio samples: `append` overwrites the oldest elements when there is no room (`overwrites` counts them), so a ring
/// can serve as pre-roll; a caller that must not lose elements checks `room` first.
public struct RingBuffer<Element>: Sendable where Element: Sendable & BitwiseCopyable {
  private var storage: [Element]
  private var head = 0
  public private(set) var count = 0
  /// Elements lost to overwriting since the start.
  public private(set) var overwrites = 0

  public init(capacity: Int, filler: Element) {
    precondition(capacity > 0, "a ring needs room for one element")
    storage = [Element](repeating: filler, count: capacity)
  }

  public var capacity: Int { storage.count }
  public var room: Int { storage.count - count }
  public var isEmpty: Bool { count == 0 }

  public mutating func append(_ element: Element) {
    if count == storage.count {
      head = head + 1 == storage.count ? 0 : head + 1
      count -= 1
      overwrites += 1
    }
    var tail = head + count
    if tail >= storage.count { tail -= storage.count }
    storage[tail] = element
    count += 1
  }

  /// Adds all of `elements`, in at most two runs of memory: a microphone brings thousands at a time.
  public mutating func append(_ elements: Span<Element>) {
    let kept = min(elements.count, storage.count)
    guard kept > 0 else { return }
    let lost = max(count + elements.count - storage.count, 0)
    let dropped = min(lost, count)
    overwrites += lost
    head = (head + dropped) % storage.count
    count -= dropped
    let tail = (head + count) % storage.count
    let beforeWrap = min(kept, storage.count - tail)
    elements.extracting(last: kept).withUnsafeBufferPointer { source in
      storage.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        Self.copy(from, count: beforeWrap, to: to + tail)
        Self.copy(from + beforeWrap, count: kept - beforeWrap, to: to)
      }
    }
    count += kept
  }

  /// As bytes: Embedded Swift copies typed memory element by element.
  private static func copy(_ from: UnsafePointer<Element>, count: Int, to: UnsafeMutablePointer<Element>) {
    UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: count * MemoryLayout<Element>.stride)
  }

  public mutating func popFirst() -> Element? {
    guard count > 0 else { return nil }
    let element = storage[head]
    head = head + 1 == storage.count ? 0 : head + 1
    count -= 1
    return element
  }

  /// Moves up to `output.count` of the oldest elements out, in order; returns how many.
  public mutating func popFirst(into output: inout MutableSpan<Element>) -> Int {
    let moved = min(count, output.count)
    let beforeWrap = min(moved, storage.count - head)
    let start = head
    output.withUnsafeMutableBufferPointer { target in
      storage.withUnsafeBufferPointer { source in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        Self.copy(from + start, count: beforeWrap, to: to)
        Self.copy(from, count: moved - beforeWrap, to: to + beforeWrap)
      }
    }
    head = (head + moved) % storage.count
    count -= moved
    return moved
  }

  /// Drops the oldest elements so that at most `limit` stay.
  public mutating func keepLast(_ limit: Int) {
    guard count > limit else { return }
    head = (head + count - limit) % storage.count
    count = max(limit, 0)
  }

  public mutating func removeAll() {
    head = 0
    count = 0
  }
}
