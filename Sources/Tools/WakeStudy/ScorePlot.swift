import Foundation

/// Scores over time as lines of a terminal, or as a picture: one band for each word, the cutoff marked.
public struct ScorePlot {
  /// The highest score in each of so many equal pieces of the sound; nil where the gate was closed.
  static func columns(_ scores: [WakeRun.Score], seconds: Double, count: Int) -> [Double?] {
    var columns = [Double?](repeating: nil, count: count)
    for score in scores where seconds > 0 {
      let column = min(Int(score.seconds / seconds * Double(count)), count - 1)
      columns[column] = max(columns[column] ?? 0, score.mean)
    }
    // A score holds until the next: three frames may be longer than a column.
    var last: (column: Int, mean: Double)?
    for column in columns.indices {
      if let mean = columns[column] {
        last = (column, mean)
      } else if let (place, mean) = last, Double(column - place) * seconds / Double(count) < 0.05 {
        columns[column] = mean
      }
    }
    return columns
  }

  private static let eighths = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// Two lines for each word, the scores from 0 to 1 in sixteenths, `·` where nothing was heard; and a scale of seconds.
  public static func lines(_ run: WakeRun, names: [String], cutoffs: [Double], columns width: Int) -> [String] {
    let margin = (names.map(\.count).max() ?? 0) + 2
    let count = max(20, width - margin - 8)
    var lines: [String] = []
    for (word, name) in names.enumerated() {
      let values = columns(run.scores[word], seconds: run.seconds, count: count)
      var upper = ""
      var lower = ""
      for value in values {
        let steps = value.map { Int(($0 * 16).rounded()) }
        upper += steps.map { $0 > 8 ? eighths[min($0 - 9, 7)] : " " } ?? " "
        lower += steps.map { $0 >= 8 ? eighths[7] : $0 > 0 ? eighths[$0 - 1] : "▁" } ?? "·"
      }
      lines.append(pad(name, margin) + upper + String(format: "  >%.2f", cutoffs[word]))
      lines.append(pad("", margin) + lower)
    }
    lines.append(pad("", margin) + scale(run.seconds, count))
    return lines
  }

  private static func scale(_ seconds: Double, _ count: Int) -> String {
    let end = String(format: "%.1f s", seconds)
    return "0 s" + String(repeating: " ", count: max(1, count - 3 - end.count)) + end
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
