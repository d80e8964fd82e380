import HAL
import Units

/// One part as the broker sees it: what is asked of it, where it may be, and where it was told to go.
struct PowerElement: Sendable {
  /// Leases by level.
  var leases: InlineArray<4, Int> = [0, 0, 0, 0]

  // What is asked of it: claims are leases, and what other parts need of it. A set of levels is a bit for each.

  /// Levels that are claimed, whether or not they can be had.
  var wishes: UInt8 = 0
  /// The highest of them whose opportunity is there.
  var wanted = 0
  /// Levels that are claimed by what can be had.
  var claims: UInt8 = 0
  /// The highest of them that can be had.
  var granted = 0

  // Where it is.

  /// It is at least here, and at most there, whatever becomes of what it was asked. Equal when it is at rest.
  var lowest = 0
  var highest = 0
  /// Where it was told to go, and has not answered.
  var goal: Int?
  /// It must have answered by then; nil where that is somebody else's to watch.
  var deadline: Instant?
  /// It failed, and somebody still wants it.
  var hasFailed = false

  /// What it was told last.
  var asked: Int { goal ?? lowest }

  mutating func go(to level: Int) {
    goal = level
    lowest = min(lowest, level)
    highest = max(highest, level)
    deadline = nil
  }

  mutating func rest(at level: Int) {
    goal = nil
    lowest = level
    highest = level
    deadline = nil
  }

  /// Whether `level` is among the levels of a set.
  static func holds(_ set: UInt8, _ level: Int) -> Bool { set & (1 << UInt8(level)) != 0 }
}
