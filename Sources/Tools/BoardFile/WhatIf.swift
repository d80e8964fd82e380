extension BoardFile {
  /// The board with one figure or setting changed, as `--what-if` of `sotto power day` states it: `display.on=60mW` (a level of a part),
  /// or a key of the file, `listening.armed_while_worn=true`, or a
  /// way to idle, `idle.suspend=3.4mW`, `idle.suspend.exit=385 ms`. Everything is checked as in a file.
  public func changed(_ wish: String) throws(BoardFileError) -> BoardFile {
    let sides = wish.split(separator: "=", maxSplits: 1).map { String($0).trimmingBlanks }
    guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else {
      throw problem(wish, "must be PART.LEVEL=POWER, such as display.on=60mW, or KEY=VALUE, such as link.parked_for=\"1 h\"")
    }
    let change =
      sides[0].hasPrefix("idle.")
      ? try idle(sides[0], sides[1]) : try isLevel(sides[0]) ? level(sides[0], sides[1]) : setting(sides[0], sides[1])
    let board = BoardFile(path: path, chain: chain, value: value.overlaid(with: change))
    let problems = BoardCheck.whole(board.value, file: path)
    guard problems.isEmpty else { throw BoardFileError(problems) }
    return board
  }

  private func isLevel(_ key: String) -> Bool {
    let names = key.split(separator: ".").map(String.init)
    guard names.count == 2, BoardSchema.poweredParts.contains(names[0]) else { return false }
    return !BoardSchema.fields.contains { $0.path == key }
  }

  private func level(_ key: String, _ power: String) throws(BoardFileError) -> Value {
    let names = key.split(separator: ".").map(String.init)
    let levels = powerLevels(of: names[0])
    guard !levels.isEmpty, case .list(var entries)? = value["power.\(names[0])"] else {
      throw problem(key, "the board has no \(names[0])")
    }
    guard let index = levels.firstIndex(where: { $0.name == names[1] }) else {
      let known = levels.map { $0.name }
      let hint = nearest(names[1], among: known).map { " (did you mean \($0)?)" } ?? ""
      throw problem(key, "\(names[0]) has no such level\(hint); levels: \(known.joined(separator: ", "))")
    }
    guard let milliwatts = Self.milliwatts(power), parsedMicrowatts(.decimal(milliwatts)) != nil else {
      throw problem(key, "must be a power from 0 to 20 W with its unit, such as 60mW, 250uW or 1.2W, but is \"\(power)\"")
    }
    entries[index] = entries[index].overlaid(
      with: .table(["milliwatts": .decimal(milliwatts), "source": .text("estimate: a what-if of the command line")]))
    return .table(["power": .table([names[0]: .list(entries)])])
  }

  /// `idle.KIND=POWER`, `idle.KIND.entry=TIME` or `idle.KIND.exit=TIME`, which also changes what a transition costs, in proportion.
  private func idle(_ key: String, _ text: String) throws(BoardFileError) -> Value {
    let words = key.split(separator: ".").map(String.init)
    let known = idleFigures.map { $0.kind }
    guard case .list(var entries)? = value["power.idle"], words.count >= 2, let index = known.firstIndex(of: words[1]) else {
      let ways = known.isEmpty ? "the board only waits" : "ways to idle: \(known.joined(separator: ", "))"
      throw problem(key, "the board has no such way to idle; \(ways)")
    }
    let source = Value.text("estimate: a what-if of the command line")
    let change: [String: Value]
    switch words.dropFirst(2) {
    case []:
      guard let milliwatts = Self.milliwatts(text), parsedMicrowatts(.decimal(milliwatts)) != nil else {
        throw problem(key, "must be a power from 0 to 20 W with its unit, such as 3.4mW, but is \"\(text)\"")
      }
      change = ["milliwatts": .decimal(milliwatts), "source": source]
    case ["entry"], ["exit"]:
      // A transition that takes longer costs more: at the mean power that the file's figures come to.
      let figures = idleFigures[index]
      var latencies = ["entry": figures.entry, "exit": figures.exit]
      let before = (figures.entry + figures.exit) / .microseconds(1)
      guard let time = DurationText.parse(text) else {
        throw problem(key, "must be \(IdleCheck.latency.allowed), but is \"\(text)\"")
      }
      latencies[words[2]] = time
      let after = latencies.values.reduce(Duration.zero) { $0 + $1 } / .microseconds(1)
      let energy = Double(figures.transition) / 1000 * (before > 0 ? after / before : 1)
      change = [
        words[2]: .text(text), "latency_source": source, "millijoules": .decimal(energy),
        "transition_source": .text("estimate: a what-if of the command line, at the mean power of the file's transition"),
      ]
    default: throw problem(key, "is none of idle.\(words[1]), idle.\(words[1]).entry and idle.\(words[1]).exit")
    }
    entries[index] = entries[index].overlaid(with: .table(change))
    let problems = IdleCheck.entries(.list(entries))
    guard problems.isEmpty else { throw problem(key, problems[0].message) }
    return .table(["power": .table(["idle": .list(entries)])])
  }

  private func setting(_ key: String, _ text: String) throws(BoardFileError) -> Value {
    guard let field = BoardSchema.fields.first(where: { $0.path == key }), key != "inherits" else {
      let hint = nearest(key, among: BoardSchema.fields.map { $0.path }).map { " (did you mean \($0)?)" } ?? ""
      throw problem(key, "is no key of a board file and no level of a part\(hint)")
    }
    var value = Value.text(text)
    switch field.kind {
    case .boolean: if text == "true" || text == "false" { value = .boolean(text == "true") }
    case .integer, .integerChoice: if let number = Int64(text) { value = .integer(number) }
    case .channels where text != "mix":
      let numbers = text.split(separator: ",").map { Int64($0).map { Value.integer($0) } ?? .text(String($0)) }
      value = .list(numbers)
    case .choices: value = .list(text.split(separator: ",").map { .text(String($0)) })
    case .name, .line, .wakeWords, .choice, .duration, .durationOrForever, .percent, .temperature, .timeOfDay, .channels,
      .eventName, .source:
      break
    }
    guard field.kind.flatText(of: value) != nil else { throw problem(key, "must be \(field.kind.allowed), but is \"\(text)\"") }
    for name in key.split(separator: ".").reversed() { value = .table([String(name): value]) }
    return value
  }

  private static func milliwatts(_ text: String) -> Double? {
    for (unit, factor) in [("mW", 1.0), ("uW", 0.001), ("W", 1000.0)] where text.hasSuffix(unit) {
      return Double(String(text.dropLast(unit.count)).trimmingBlanks).map { $0 * factor }
    }
    return nil
  }

  private func problem(_ key: String, _ message: String) -> BoardFileError {
    BoardFileError([BoardFileProblem(file: "what if", key: key, message: message)])
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    var text = self[...]
    while text.first == " " { text = text.dropFirst() }
    while text.last == " " { text = text.dropLast() }
    return String(text)
  }
}
