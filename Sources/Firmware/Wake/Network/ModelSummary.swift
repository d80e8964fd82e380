/// What a model file is made of, whether it can be run or not: for people who wonder why it can't.
public struct ModelSummary: Sendable, Hashable {
  public struct Entry: Sendable, Hashable {
    /// The operator's number in the format.
    public var code: Int32
    /// How often the model's main graph uses it.
    public var count: Int

    /// As the format's schema calls it; nil for one that is not known here.
    public var name: StaticString? { OperatorCode(rawValue: code)?.name ?? OperatorCode.foreignName(code) }
    /// The engine knows it; whether it can do all that the model asks of it shows when it is loaded.
    public var isSupported: Bool { OperatorCode(rawValue: code) != nil }

    public static func == (a: Entry, b: Entry) -> Bool { a.code == b.code && a.count == b.count }
    public func hash(into hasher: inout Hasher) {
      hasher.combine(code)
      hasher.combine(count)
    }
  }

  /// By number.
  public private(set) var operators: [Entry] = []

  /// Reads the list of operators and nothing else. What is not a model, or damaged there, is refused.
  public init(_ file: [UInt8]) throws(ModelError) {
    let file = FlatBufferReader(file)
    let model = try ModelGraph.root(of: file)
    let codes = try ModelGraph.codes(file, model)
    let graphs = try file.vector(2, of: model, elementSize: 4)
    let operators = try file.vector(3, of: try file.table(0, in: graphs), elementSize: 4)
    var counts = [Int](repeating: 0, count: codes.count)
    for index in 0..<operators.count {
      let number = try file.int32(0, of: try file.table(index, in: operators))
      guard number >= 0, number < codes.count else { throw ModelError(.damaged) }
      counts[Int(number)] += 1
    }
    for index in codes.indices where counts[index] > 0 {
      if let place = self.operators.firstIndex(where: { $0.code == codes[index] }) {
        self.operators[place].count += counts[index]
      } else {
        self.operators.append(Entry(code: codes[index], count: counts[index]))
      }
    }
    self.operators.sort { $0.code < $1.code }
  }
}
