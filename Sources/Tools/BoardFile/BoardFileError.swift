/// One thing that is wrong with a board file.
public struct BoardFileProblem: Sendable, Equatable, CustomStringConvertible {
  /// The file that states (or leaves out) it.
  public var file: String
  /// Path of keys, `listening.end_silence`; empty when it is about the file as a whole.
  public var key: String
  /// What is wrong and what would be right.
  public var message: String
  /// The value is `"unknown"`, as a draft has it: nobody has filled it in yet.
  public var isUnfilled = false

  public init(file: String, key: String, message: String, isUnfilled: Bool = false) {
    self.file = file
    self.key = key
    self.message = message
    self.isUnfilled = isUnfilled
  }

  public var description: String { key.isEmpty ? "\(file): \(message)" : "\(file): \(key): \(message)" }
}

/// Everything that is wrong with a board file and those that it inherits from; never empty.
public struct BoardFileError: Error, Sendable, Equatable, CustomStringConvertible {
  public var problems: [BoardFileProblem]

  public init(_ problems: [BoardFileProblem]) {
    self.problems = problems
  }

  public var description: String { problems.map { $0.description }.joined(separator: "\n") }
}

/// The known name that a mistyped one was most likely meant to be.
public func nearest(_ word: String, among known: [String]) -> String? {
  let ranked = known.map { (name: $0, distance: editDistance(word, $0)) }.min { ($0.distance, $0.name) < ($1.distance, $1.name) }
  // A third of the letters may be wrong, two at least: beyond that a suggestion misleads more than it helps.
  guard let ranked, ranked.distance <= max(2, word.count / 3) else { return nil }
  return ranked.name
}

/// Levenshtein distance with transposition of neighbours counted as one (optimal string alignment).
func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a)
  let b = Array(b)
  var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
  for i in 0...a.count { rows[i][0] = i }
  for j in 0...b.count { rows[0][j] = j }
  guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
  for i in 1...a.count {
    for j in 1...b.count {
      let change = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      rows[i][j] = min(change, rows[i - 1][j] + 1, rows[i][j - 1] + 1)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1) }
    }
  }
  return rows[a.count][b.count]
}
