import Foundation

/// What a board file must fulfil. `keys` looks at one file on its own, `whole` at the board with everything inherited.
enum BoardCheck {
  /// Unknown keys and values of the wrong kind.
  static func keys(of value: Value, file: String) -> [BoardFileProblem] {
    guard case .table(let entries) = value else { return [] }
    var check = KeyCheck(file: file)
    check.walk(entries, below: "")
    return check.problems
  }

  /// What must be stated, and what must fit together.
  static func whole(_ value: Value, file: String) -> [BoardFileProblem] {
    var check = WholeCheck(file: file, value: value)
    check.identity()
    check.capabilities()
    check.settings()
    check.times()
    check.gestures()
    check.stages()
    check.power()
    check.dependencies()
    return check.problems
  }
}

private struct KeyCheck {
  let file: String
  var problems: [BoardFileProblem] = []

  init(file: String) { self.file = file }

  mutating func walk(_ entries: [String: Value], below prefix: String) {
    for (key, value) in entries.sorted(by: { $0.key < $1.key }) {
      let path = prefix.isEmpty ? key : "\(prefix).\(key)"
      if let field = BoardSchema.fields.first(where: { $0.path == path }) {
        if value == .text(BoardDraft.unknown) {
          unfilled(path, field.kind.allowed)
        } else if field.kind.flatText(of: value) == nil {
          report(path, "must be \(field.kind.allowed), but is \(value.kind)")
        }
      } else if path == "power.idle" {
        for problem in IdleCheck.entries(value) { report(problem.key, problem.message) }
      } else if prefix == "power" {
        part(key, value, path: path)
      } else if case .table(let inner) = value,
        path == "power" || BoardSchema.fields.contains(where: { $0.path.hasPrefix(path + ".") })
      {
        walk(inner, below: path)
      } else {
        unknown(key, below: prefix, path: path)
      }
    }
  }

  private mutating func unknown(_ key: String, below prefix: String, path: String) {
    let start = prefix.isEmpty ? "" : prefix + "."
    var known: [String] = prefix.isEmpty ? ["power"] : []
    for field in BoardSchema.fields where field.path.hasPrefix(start) {
      let child = String(field.path.dropFirst(start.count).prefix { $0 != "." })
      if !known.contains(child) { known.append(child) }
    }
    if known.contains(key) { return report(path, "must be a table with the keys described in docs/boards.md") }
    report(path, "is not known here\(hint(key, known)); allowed: \(known.joined(separator: ", "))")
  }

  private mutating func part(_ name: String, _ value: Value, path: String) {
    let parts = BoardSchema.poweredParts
    if name == "dependency" { return dependencies(value, path: path) }
    guard parts.contains(name) else {
      return report(path, "is not a part with levels of power\(hint(name, parts)); allowed: \(parts.joined(separator: ", "))")
    }
    guard case .list(let levels) = value, !levels.isEmpty, levels.count <= BoardSchema.mostLevels else {
      return report(path, "must be 1 to \(BoardSchema.mostLevels) entries [[\(path)]], level 0 (off or asleep) first")
    }
    for (index, level) in levels.enumerated() { self.level(level, path: "\(path)[\(index)]") }
  }

  private mutating func level(_ value: Value, path: String) {
    guard case .table(let entries) = value else { return report(path, "must be a table of level, milliwatts and source") }
    for key in entries.keys.sorted() where !BoardSchema.levelKeys.contains(key) {
      report(
        "\(path).\(key)",
        "is not known here\(hint(key, BoardSchema.levelKeys)); allowed: \(BoardSchema.levelKeys.joined(separator: ", "))")
    }
    let wanted: [(key: String, kind: FieldKind)] = [("level", .name), ("source", .source)]
    for (key, kind) in wanted {
      guard let stated = entries[key] else {
        report("\(path).\(key)", "is missing: \(kind.allowed)")
        continue
      }
      if stated == .text(BoardDraft.unknown) {
        unfilled("\(path).\(key)", kind.allowed)
      } else if kind.flatText(of: stated) == nil {
        report("\(path).\(key)", "must be \(kind.allowed), but is \(stated.kind)")
      }
    }
    time("rise", entries, path: path)
    time("fall", entries, path: path)
    if let stated = entries["deadline"], BoardSchema.deadlineKind.flatText(of: stated) == nil {
      report("\(path).deadline", "must be \(BoardSchema.deadlineKind.allowed), but is \(stated.kind)")
    }
    guard let milliwatts = entries["milliwatts"] else {
      return report("\(path).milliwatts", "is missing: a number from 0 to 20000")
    }
    if milliwatts == .text(BoardDraft.unknown) {
      unfilled("\(path).milliwatts", "a number from 0 to 20000")
    } else if parsedMicrowatts(milliwatts) == nil {
      report("\(path).milliwatts", "must be a number from 0 to 20000, but is \(milliwatts.kind)")
    }
  }

  /// The times to come up and to go down are optional; stated, each needs its own source.
  private mutating func time(_ key: String, _ entries: [String: Value], path: String) {
    if let stated = entries[key] {
      if BoardSchema.riseKind.flatText(of: stated) == nil {
        report("\(path).\(key)", "must be \(BoardSchema.riseKind.allowed), but is \(stated.kind)")
      }
      if entries["\(key)_source"] == nil { report("\(path).\(key)_source", "is missing: \(FieldKind.source.allowed)") }
    }
    guard let source = entries["\(key)_source"] else { return }
    if FieldKind.source.flatText(of: source) == nil {
      report("\(path).\(key)_source", "must be \(FieldKind.source.allowed), but is \(source.kind)")
    }
    if entries[key] == nil { report("\(path).\(key)", "is missing: \(key)_source says where it comes from") }
  }

  private mutating func dependencies(_ value: Value, path: String) {
    guard case .list(let entries) = value else { return report(path, "must be entries [[\(path)]]") }
    for (index, entry) in entries.enumerated() {
      let place = "\(path)[\(index)]"
      guard case .table(let stated) = entry else {
        report(place, "must be a table of part, level, requires, requires_level and kind")
        continue
      }
      let known = BoardSchema.dependencyKeys.map { $0.key }
      for key in stated.keys.sorted() where !known.contains(key) {
        report("\(place).\(key)", "is not known here\(hint(key, known)); allowed: \(known.joined(separator: ", "))")
      }
      for (key, kind) in BoardSchema.dependencyKeys {
        guard let word = stated[key] else {
          report("\(place).\(key)", "is missing: \(kind.allowed)")
          continue
        }
        if kind.flatText(of: word) == nil { report("\(place).\(key)", "must be \(kind.allowed), but is \(word.kind)") }
      }
    }
  }

  private mutating func unfilled(_ key: String, _ allowed: String) {
    problems.append(
      BoardFileProblem(file: file, key: key, message: "is not filled in yet: it must be \(allowed)", isUnfilled: true))
  }

  private func hint(_ word: String, _ known: [String]) -> String {
    nearest(word, among: known).map { " (did you mean \($0)?)" } ?? ""
  }

  private mutating func report(_ key: String, _ message: String) {
    problems.append(BoardFileProblem(file: file, key: key, message: message))
  }
}

private struct WholeCheck {
  let file: String
  let value: Value
  var problems: [BoardFileProblem] = []

  init(file: String, value: Value) {
    self.file = file
    self.value = value
  }

  mutating func identity() {
    for key in ["vendor", "name", "description", "kind", "capabilities"] where value[key] == nil { report(key, "is missing") }
    let folders = URL(fileURLWithPath: file).standardizedFileURL.pathComponents.dropLast().suffix(2)
    if case .text(let vendor)? = value["vendor"], vendor != folders.first {
      report(
        "vendor",
        "is \"\(vendor)\", but the file lies in the folder \(folders.joined(separator: "/")) (the identity is not inherited)")
    }
    if case .text(let name)? = value["name"], name != folders.last {
      report(
        "name",
        "is \"\(name)\", but the file lies in the folder \(folders.joined(separator: "/")) (the identity is not inherited)")
    }
  }

  mutating func capabilities() {
    guard case .list(let items)? = value["capabilities"] else { return }
    let has = { (name: String) in items.contains(.text(name)) }
    if has("display"), !["width", "height", "density"].allSatisfy({ value["display.\($0)"] != nil }) {
      report("display", "a board with a display must state width, height and density")
    }
    if has("battery"), value["battery.milliwatt_hours"] == nil {
      report("battery.milliwatt_hours", "a board with a battery must state its capacity")
    }
    if value["battery.milliwatt_hours"] != nil, value["battery.source"] == nil {
      report("battery.source", "is missing: \(FieldKind.source.allowed)")
    }
    if value["listening.armed_while_worn"] == .boolean(true), !has("microphone") || !has("wear") {
      report("listening.armed_while_worn", "needs the capabilities microphone and wear")
    }
    if value["listening.wake_words"] != nil, value["listening.armed_while_worn"] != .boolean(true) {
      report("listening.wake_words", "is of no use without armed_while_worn = true")
    }
    if value["listening.wake_on_sound"] == .boolean(true), !has("sound") || value["listening.armed_while_worn"] != .boolean(true)
    {
      report("listening.wake_on_sound", "needs the capability sound, and is of no use without armed_while_worn = true")
    }
    if has("camera") || has("microphone"), !has("indicator") {
      report("capabilities", "a board with a camera or a microphone needs an indicator: there is no capture without the light")
    }
    guard value["kind"] == .text("linux") else { return }
    for name in BoardSchema.deviceNames where has(name) && value["devices.\(name)"] == nil {
      report("devices.\(name)", "is missing: the board has a \(name)")
    }
    for line in BoardSchema.lines where has(line) {
      for key in ["chip", "line", "active"] where value["lines.\(line).\(key)"] == nil {
        report("lines.\(line).\(key)", "is missing: the board has this line")
      }
    }
  }

  /// How camera, sound and panel are set: only of parts that the board has, and what belongs together.
  mutating func settings() {
    guard case .list(let items)? = value["capabilities"] else { return }
    for (part, keys) in BoardSchema.settings where !items.contains(.text(part)) {
      for key in keys where value["\(part).\(key)"] != nil {
        report("\(part).\(key)", "the board has no \(part) among its capabilities")
      }
    }
    for (one, other) in [("width", "height"), ("height", "width")]
    where value["camera.\(one)"] == nil && value["camera.\(other)"] != nil {
      report("camera.\(one)", "is missing: a picture has a width and a height")
    }
    for part in ["microphone", "speaker"] where value["\(part).volume"] != nil && value["\(part).mixer"] == nil {
      report("\(part).mixer", "is missing: the volume is that of an element of the mixer; `sotto-drivers cards` names them")
    }
    if value["motion.side_axis"] == nil, value["motion.tilt"] != nil {
      report("motion.side_axis", "is missing: a tilt is told from the accelerometer's axis from ear to ear: x, y or z")
    }
    wake()
    order("camera.exposure", "camera.frame_interval")
  }

  /// Who puts the system to sleep must say what wakes it; a key's polarity is the device tree's.
  private mutating func wake() {
    guard value["kind"] == .text("linux") else { return }
    if case .list(let ways)? = value["power.idle"], !ways.isEmpty, value["devices.wake"] == nil {
      report("devices.wake", "is missing: the board has ways to idle, and nothing could wake it for its wearer (docs/boards.md)")
    }
    for line in BoardSchema.lines {
      guard case .text(let chip)? = value["lines.\(line).chip"], chip.hasPrefix("input:") || chip.hasPrefix("/dev/input/") else {
        continue
      }
      if !["button", "wear"].contains(line) {
        report("lines.\(line).chip", "is an input device, which cannot be set or sensed: a GPIO chip is needed")
      }
      if value["lines.\(line).active"] == .text("low") {
        report("lines.\(line).active", "must be high: the polarity of an input device's key is that of the device tree")
      }
      if value["lines.\(line).bias"] != nil {
        report("lines.\(line).bias", "must be left out: the bias of an input device's key is that of the device tree")
      }
      if case .text(let key)? = value["lines.\(line).line"], UInt16(key) == nil {
        report("lines.\(line).line", "must be the number of a key, such as 116 for KEY_POWER (linux/input-event-codes.h)")
      }
    }
  }

  mutating func times() {
    order("button.debounce", "button.long_press")
    order("button.long_press", "button.hold")
    order("button.debounce", "button.hold")
    order("listening.engaged_period", "listening.armed_period")
    order("listening.shortest_end_silence", "listening.end_silence")
    order("listening.end_silence", "listening.longest_end_silence")
    order("listening.longest_end_silence", "listening.longest_utterance")
    order("listening.end_silence", "listening.longest_utterance")
  }

  /// What the button asks for must be there to be had, and the privacy hold among it; what a board leaves out has the firmware's default.
  mutating func gestures() {
    guard case .list(let items)? = value["capabilities"] else { return }
    let has = { (name: String) in items.contains(.text(name)) }
    let usual = ["press": "ask", "double": "none", "triple": "none", "long": "privacy"]
    var actions = usual
    for gesture in usual.keys { if case .text(let action)? = value["gestures.\(gesture)"] { actions[gesture] = action } }
    let multiple =
      if case .text(let text)? = value["button.multiple"] { DurationText.parse(text) ?? .zero } else { Duration.zero }
    for gesture in ["press", "double", "triple", "long"] where value["gestures.\(gesture)"] != nil {
      let key = "gestures.\(gesture)"
      if !has("button") { report(key, "the board has no button among its capabilities") }
      if ["double", "triple"].contains(gesture), actions[gesture] != "none", multiple == .zero {
        report(key, "needs button.multiple: without it each press counts alone")
      }
      switch actions[gesture] {
      case "look": if !has("camera") { report(key, "the board has no camera among its capabilities") }
      case "ask", "talk": if !has("microphone") { report(key, "the board has no microphone among its capabilities") }
      case "wake-word":
        if value["listening.armed_while_worn"] != .boolean(true) { report(key, "is of no use without armed_while_worn = true") }
      default: break
      }
    }
    if has("button"), has("camera") || has("microphone"),
      !["double", "triple", "long"].contains(where: { actions[$0] == "privacy" })
    {
      report(
        "gestures.long",
        "one of long, double and triple has to be privacy: a wearer must be able to switch microphone and camera off")
    }
  }

  /// The stages of battery and temperature, in order; what a board leaves out has the firmware's default.
  mutating func stages() {
    guard case .list(let items)? = value["capabilities"] else { return }
    for part in ["battery", "thermal"] where !items.contains(.text(part)) {
      // A capacity says something about a board on paper; a stage needs somebody who measures.
      let first = BoardSchema.fields.first { field in
        field.path.hasPrefix(part + ".") && field.path != "battery.milliwatt_hours" && field.flat != nil
          && value[field.path] != nil
      }
      if let first { report(first.path, "the board has no \(part) among its capabilities") }
    }
    if value["thermal.source"] == nil, ["warm", "hot", "shutdown"].contains(where: { value["thermal.\($0)"] != nil }) {
      report("thermal.source", "is missing: \(FieldKind.source.allowed)")
    }
    descend("battery", [("low", 20), ("critical", 8), ("shutdown", 3)], sign: 1)
    descend("thermal", [("warm", 400), ("hot", 430), ("shutdown", 480)], sign: -1)
    for (one, other) in [("quiet.from", "quiet.to"), ("quiet.to", "quiet.from")] where value[one] == nil && value[other] != nil {
      report(one, "is missing: quiet hours have a beginning and an end")
    }
    if let from = value["quiet.from"], from == value["quiet.to"] {
      report("quiet.to", "is the same as quiet.from; leave both out for no quiet hours")
    }
  }

  /// Each stage must lie beyond the one before it. `usual` are the firmware's defaults (`HAL/PowerStages.swift`), in the flat file's unit.
  private mutating func descend(_ table: String, _ stages: [(key: String, usual: Int64)], sign: Int64) {
    func level(_ stage: (key: String, usual: Int64)) -> Int64 {
      let path = "\(table).\(stage.key)"
      guard let stated = value[path], let field = BoardSchema.fields.first(where: { $0.path == path }) else { return stage.usual }
      return field.kind.flatText(of: stated).flatMap { Int64($0) } ?? stage.usual
    }
    for (before, after) in zip(stages, stages.dropFirst()) where level(before) * sign <= level(after) * sign {
      let word = sign > 0 ? "below" : "above"
      report("\(table).\(after.key)", "must be \(word) \(table).\(before.key): one stage after the other")
    }
  }

  mutating func power() {
    guard case .list(let items)? = value["capabilities"] else { return }
    for part in BoardSchema.poweredParts {
      let present = part == "processor" || part == "link" || items.contains(.text(part))
      let stated = value["power.\(part)"] != nil
      if present, !stated { report("power.\(part)", "is missing: every part of the board needs its power at each level") }
      if !present, stated { report("power.\(part)", "the board has no \(part) among its capabilities") }
    }
    for problem in IdleCheck.whole(value) { report(problem.key, problem.message) }
  }

  /// Each names levels that the board states, none twice, and no part needs itself by any way.
  mutating func dependencies() {
    var needs = BoardSchema.builtInDependencies
    var seen: [String] = []
    for (index, stated) in BoardFile.dependencies(in: value).enumerated() {
      let place = "power.dependency[\(index)]"
      level(stated.level, of: stated.part, at: "\(place).level")
      level(stated.requiredLevel, of: stated.requires, at: "\(place).requires_level")
      let identity = "\(stated.part) at \(stated.level) on \(stated.requires)"
      if seen.contains(identity) { report(place, "is stated twice: \(identity)") }
      seen.append(identity)
      if let way = way(from: stated.requires, to: stated.part, needs) {
        let circle = ([stated.part] + way).joined(separator: " → ")
        report(
          place, "goes in a circle: \(circle); none of them could come up first (camera and microphone always need the indicator)"
        )
      } else {
        needs.append((stated.part, stated.requires))
      }
    }
  }

  private mutating func level(_ name: String, of part: String, at key: String) {
    guard let levels = BoardFile.levelNames(of: part, in: value) else { return report(key, "the board has no \(part)") }
    guard let index = levels.firstIndex(of: name) else {
      let hint = nearest(name, among: levels).map { " (did you mean \($0)?)" } ?? ""
      return report(key, "\(part) has no level \"\(name)\"\(hint); levels: \(levels.dropFirst().joined(separator: ", "))")
    }
    if index == 0 { report(key, "must be above level 0 of the \(part): what is off needs nothing, and is never waited for") }
  }

  /// The parts from one to another along what they need, both ends included; nil when there is no way.
  private func way(from first: String, to last: String, _ needs: [(part: String, requires: String)]) -> [String]? {
    if first == last { return [first] }
    for need in needs where need.part == first {
      if let rest = way(from: need.requires, to: last, needs) { return [first] + rest }
    }
    return nil
  }

  /// The first of two durations must be the shorter.
  private mutating func order(_ short: String, _ long: String) {
    guard case .text(let a)? = value[short], case .text(let b)? = value[long], let first = DurationText.parse(a),
      let second = DurationText.parse(b),
      first > second
    else { return }
    report(short, "is \(a), but must not be longer than \(long), which is \(b)")
  }

  private mutating func report(_ key: String, _ message: String) {
    problems.append(BoardFileProblem(file: file, key: key, message: message))
  }
}

/// Milliwatts as stated, in whole microwatts; nil when it is not a number from 0 to 20 W.
func parsedMicrowatts(_ value: Value) -> Int64? {
  let milliwatts: Double
  switch value {
  case .integer(let number): milliwatts = Double(number)
  case .decimal(let number): milliwatts = number
  case .text, .boolean, .list, .table, .moment: return nil
  }
  guard (0...20_000).contains(milliwatts) else { return nil }
  return Int64((milliwatts * 1000).rounded())
}
