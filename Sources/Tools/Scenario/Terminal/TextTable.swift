/// A table for the terminal: columns as wide as they need to be, numbers to the right, one thin line under the head.
public struct TextTable: Sendable {
  public enum Alignment: Sendable { case left, right }

  public struct Column: Sendable {
    public var title: String
    public var alignment: Alignment

    public init(_ title: String, _ alignment: Alignment = .left) {
      self.title = title
      self.alignment = alignment
    }
  }

  private let columns: [Column]
  private var rows: [[String]?] = []

  public init(_ columns: [Column]) {
    self.columns = columns
  }

  public mutating func add(_ cells: [String]) {
    rows.append(cells + [String](repeating: "", count: max(0, columns.count - cells.count)))
  }

  /// A thin line, as before a sum.
  public mutating func addRule() {
    rows.append(nil)
  }

  /// The table without a line end after its last line.
  public var text: String {
    let widths = columns.indices.map { index in
      ([columns[index].title] + rows.compactMap { $0?[index] }).map { $0.count }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      let padded = columns.indices.map { index -> String in
        let space = String(repeating: " ", count: widths[index] - cells[index].count)
        return columns[index].alignment == .left ? cells[index] + space : space + cells[index]
      }
      var text = padded.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    return ([line(columns.map { $0.title }), rule] + rows.map { $0.map(line) ?? rule }).joined(separator: "\n")
  }
}
