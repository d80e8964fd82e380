import Testing
import Units

@Suite struct RingBufferRunsTests {
  /// Blocks of all sizes, added and taken in runs, against the same elements one by one.
  @Test(arguments: [1, 2, 7, 16]) func runsAreTheSameAsSingleElements(_ capacity: Int) {
    var runs = RingBuffer<Int16>(capacity: capacity, filler: 0)
    var single = RingBuffer<Int16>(capacity: capacity, filler: 0)
    var next: Int16 = 0
    for step in 0..<400 {
      let block = (0..<(step * 7 % (2 * capacity + 3))).map { Int16($0) + next }
      next = Int16((Int(next) + block.count) % 20_000)
      runs.append(block.span)
      for element in block { single.append(element) }
      #expect(runs.count == single.count && runs.overwrites == single.overwrites)
      var taken = [Int16](repeating: -1, count: step * 5 % (capacity + 2))
      let size = taken.count
      var span = taken.mutableSpan
      let moved = runs.popFirst(into: &span)
      let expected = (0..<min(size, single.count)).compactMap { _ in single.popFirst() }
      #expect(Array(taken.prefix(moved)) == expected)
      #expect(taken.dropFirst(moved).allSatisfy { $0 == -1 })
    }
  }
}
