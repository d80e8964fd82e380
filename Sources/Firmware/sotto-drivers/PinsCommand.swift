import CLinux
import Drivers
import HAL
import Units

/// `sotto-drivers pins`.
struct PinsCommand {
  private enum Use {
    case watch
    case read
    case set(Bool)
  }

  private struct Wish {
    var description: LineDescription
    var use: Use
  }

  private var chip = ""
  private var wishes: [Wish] = []
  private var seconds = 5
  private var hold = 0
  private var mostEdges = 1000
  private var debounce = 0
  private var cycles = 1

  /// Polarity and bias hold for the lines that are named after them.
  init(_ words: inout Words) throws(ArgumentError) {
    var isActiveLow = false
    var bias = LineBias.asIs
    while let word = words.next() {
      if word.matches("--chip") {
        chip = try words.value(of: word)
      } else if word.matches("--active") {
        isActiveLow = try Self.isLow(try words.value(of: word))
      } else if word.matches("--bias") {
        bias = try Self.bias(try words.value(of: word))
      } else if word.matches("--debounce") {
        debounce = try words.number(of: word, 0...1000)
      } else if word.matches("--seconds") {
        seconds = try words.number(of: word, 1...3600)
      } else if word.matches("--edges") {
        mostEdges = try words.number(of: word, 1...100_000)
      } else if word.matches("--hold") {
        hold = try words.number(of: word, 0...3600)
      } else if word.matches("--cycles") {
        cycles = try words.number(of: word, 1...100_000)
      } else if word.matches("--watch") || word.matches("--read") {
        let line = LineDescription(line: try words.value(of: word), isActiveLow: isActiveLow, bias: bias)
        wishes.append(Wish(description: line, use: word.matches("--watch") ? .watch : .read))
      } else if word.matches("--set") {
        let (name, active) = try Self.level(try words.value(of: word))
        wishes.append(Wish(description: LineDescription(line: name, isActiveLow: isActiveLow, bias: bias), use: .set(active)))
      } else {
        throw ArgumentError(text: "unknown option " + word)
      }
    }
    guard wishes.isEmpty == chip.utf8.isEmpty else {
      throw ArgumentError(text: chip.utf8.isEmpty ? "--chip is missing" : "say which line: --watch, --read or --set")
    }
    for index in wishes.indices { wishes[index].description.chip = chip }
  }

  private static func isLow(_ text: String) throws(ArgumentError) -> Bool {
    guard text.matches("low") || text.matches("high") else {
      throw ArgumentError(text: "--active takes high or low, not " + text)
    }
    return text.matches("low")
  }

  private static func bias(_ text: String) throws(ArgumentError) -> LineBias {
    if text.matches("none") { return .none }
    if text.matches("pull-up") { return .pullUp }
    if text.matches("pull-down") { return .pullDown }
    throw ArgumentError(text: "--bias takes none, pull-up or pull-down, not " + text)
  }

  private static func level(_ text: String) throws(ArgumentError) -> (name: String, active: Bool) {
    let refusal = ArgumentError(text: "--set takes LINE=on or LINE=off, not " + text)
    guard let sign = text.utf8.lastIndex(of: UInt8(ascii: "=")) else { throw refusal }
    let name = String(decoding: text.utf8[..<sign], as: UTF8.self)
    let level = String(decoding: text.utf8[text.utf8.index(after: sign)...], as: UTF8.self)
    guard !name.utf8.isEmpty, level.matches("on") || level.matches("off") else { throw refusal }
    return (name, level.matches("on"))
  }

  // MARK: Trying

  private struct Edge {
    var wish: Int
    var active: Bool
    var at: Duration
  }

  private struct Outcome {
    var cycles = 0
    /// By line: what it read when all lines were set; nil when it could not be asked.
    var levels: [Bool?] = []
    var edges: [Edge] = []
    var failure: DeviceError?
  }

  /// Whether all went well.
  func run() -> Bool {
    if wishes.isEmpty { return list() }
    var leftovers = Leftovers()
    var outcome = Outcome()
    do throws(DeviceError) {
      for _ in 0..<cycles {
        try cycle(&outcome)
        outcome.cycles += 1
        leftovers.cycleEnded()
      }
    } catch {
      outcome.failure = error
    }
    report(outcome, leftovers)
    return outcome.failure == nil && wishes.indices.allSatisfy { isAsWished($0, outcome) }
  }

  /// An output must read what was set.
  private func isAsWished(_ index: Int, _ outcome: Outcome) -> Bool {
    guard case .set(let active) = wishes[index].use else { return true }
    return outcome.levels.count > index && outcome.levels[index] == active
  }

  private func cycle(_ outcome: inout Outcome) throws(DeviceError) {
    var lines: [any GPIOLine] = []
    defer { for line in lines { line.close() } }
    for wish in wishes { lines.append(try request(wish)) }
    outcome.levels = []
    outcome.edges.removeAll(keepingCapacity: true)
    for line in lines {
      let level = line.level()
      if level < 0 { throw DeviceError(system: .pins, "read", level) }
      outcome.levels.append(level == 1)
    }
    let loop = try DeviceLoop { complain($0) }
    try watch(lines, loop, &outcome)
    _ = loop.next(before: loop.now() + .seconds(hold))
  }

  private func request(_ wish: Wish) throws(DeviceError) -> any GPIOLine {
    let use: LineUse =
      switch wish.use {
      case .watch: .edges(debounce: .milliseconds(debounce))
      case .read: .sense
      case .set(let active): .output(active: active)
      }
    switch KernelLine.request(wish.description, use) {
    case .success(let line): return line
    case .failure(let error):
      complain("the line " + wish.description.line + " of " + chip + " cannot be had")
      throw DeviceError(system: .pins, "request", -error.errno)
    }
  }

  private func watch(_ lines: [any GPIOLine], _ loop: DeviceLoop, _ outcome: inout Outcome) throws(DeviceError) {
    let watched = wishes.indices.filter { if case .watch = wishes[$0].use { true } else { false } }
    guard !watched.isEmpty else { return }
    let source = loop.makeSource()
    var isReady = false
    loop.connect(source, ready: { _ in isReady = true })
    for index in watched {
      let result = loop.host.reactor.watch(lines[index].descriptor, SOTTO_READABLE, for: source)
      if result < 0 { throw DeviceError(system: .pins, "watch", result) }
    }
    defer { for index in watched { loop.host.reactor.unwatch(lines[index].descriptor) } }
    let begun = loop.now()
    let ends = begun + .seconds(seconds)
    var taken: [LineEdge] = []
    while outcome.edges.count < mostEdges, loop.wait(until: ends, for: { isReady }) {
      isReady = false
      for index in watched {
        taken.removeAll(keepingCapacity: true)
        let result = lines[index].takeEdges(into: &taken)
        for edge in taken { outcome.edges.append(Edge(wish: index, active: edge.active, at: edge.at - begun)) }
        if result < 0 { throw DeviceError(system: .pins, "take edges", result) }
      }
    }
  }

  // MARK: Telling

  private func report(_ outcome: Outcome, _ leftovers: Leftovers) {
    var report = Report("pins")
    report.add("generation", GPIOChips.generation)
    report.add("chip", text: chip)
    report.add("cycles", outcome.cycles)
    report.add("lines", list: wishes.count) { index, text in
      text.append("{\"line\":")
      text.append(jsonString: wishes[index].description.line)
      switch wishes[index].use {
      case .watch: text.append(",\"use\":\"watch\"")
      case .read: text.append(",\"use\":\"read\"")
      case .set(let active): text.append(active ? ",\"use\":\"set\",\"wanted\":true" : ",\"use\":\"set\",\"wanted\":false")
      }
      text.append(",\"active\":")
      switch index < outcome.levels.count ? outcome.levels[index] : nil {
      case true?: text.append("true")
      case false?: text.append("false")
      case nil: text.append("null")
      }
      text.append("}")
    }
    report.add("edges", list: outcome.edges.count) { index, text in
      let edge = outcome.edges[index]
      text.append("{\"line\":")
      text.append(jsonString: wishes[edge.wish].description.line)
      text.append(edge.active ? ",\"active\":true,\"after_ms\":" : ",\"active\":false,\"after_ms\":")
      text.append(thousandths: edge.at.microseconds)
      text.append("}")
    }
    leftovers.add(to: &report)
    report.add("failure", outcome.failure)
    report.print()
  }

  private func list() -> Bool {
    let chips = GPIOChips.list()
    var report = Report("pins")
    report.add("generation", GPIOChips.generation)
    report.add("chips", list: chips.count) { index, text in add(chips[index], to: &text) }
    report.print()
    return true
  }

  private func add(_ chip: GPIOChip, to text: inout TextBuffer) {
    text.append("{\"path\":")
    text.append(jsonString: chip.path)
    text.append(",\"label\":")
    text.append(jsonString: chip.label)
    text.append(",\"lines\":[")
    for index in chip.lines.indices {
      let line = chip.lines[index]
      text.append(index > 0 ? ",{\"offset\":" : "{\"offset\":")
      text.append(line.offset)
      text.append(",\"name\":")
      text.append(jsonString: line.name)
      text.append(line.isOutput ? ",\"direction\":\"output\"" : ",\"direction\":\"input\"")
      text.append(line.isActiveLow ? ",\"active_low\":true" : ",\"active_low\":false")
      text.append(line.isUsed ? ",\"used\":true,\"consumer\":" : ",\"used\":false,\"consumer\":")
      text.append(jsonString: line.consumer)
      text.append("}")
    }
    text.append("],\"failure\":")
    if let failure = chip.failure {
      var words = TextBuffer()
      words.append(failure)
      text.append(jsonString: String(decoding: words.bytes, as: UTF8.self))
    } else {
      text.append("null")
    }
    text.append("}")
  }
}
