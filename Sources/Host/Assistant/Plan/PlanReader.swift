import Foundation
import Wyoming

/// Turns the tables of a configuration into a plan, and notes everything that is wrong with them.
struct PlanReader {
  private static let rootKeys = BackEndPlan.Part.allCases.map(\.rawValue) + ["back_end", "network"]
  private static let deadlineKeys = ["connect", "first_output", "idle"]
  private static let programKeys = ["command", "environment", "start_within"]

  let root: PlanTable
  let lines: PlanLines
  let file: String
  let cacheDirectory: String
  private(set) var problems: [String] = []
  private var policy = NetworkPolicy()

  init(root: PlanTable, lines: PlanLines, file: String, cacheDirectory: String) {
    self.root = root
    self.lines = lines
    self.file = file
    self.cacheDirectory = cacheDirectory
  }

  mutating func plan() -> BackEndPlan {
    var plan = BackEndPlan()
    know(root, Self.rootKeys, at: "")
    if let network = table("network", in: root, at: "") { read(network: network) }
    if let backEnds = table("back_end", in: root, at: "") {
      for (name, value) in backEnds.entries.sorted(by: { $0.key < $1.key }) {
        let path = "back_end.\(name)"
        guard case .table(let described) = value else {
          note(path, "must be a table: write [back_end.\(name)]")
          continue
        }
        guard name != BackEndPlan.embedded else {
          note(path, "is the name of what is built in: choose another")
          continue
        }
        if let service = service(described, path) { plan.services[name] = service }
        plan.programs[name] = program(described, path, for: plan.services[name])
      }
    }
    for part in BackEndPlan.Part.allCases { read(part, &plan) }
    return plan
  }

  // MARK: Parts

  private mutating func read(_ part: BackEndPlan.Part, _ plan: inout BackEndPlan) {
    guard let described = table(part.rawValue, in: root, at: "") else { return }
    know(described, ["use"], at: part.rawValue)
    guard let names = list("use", in: described, at: part.rawValue) else { return }
    if names.isEmpty { note("\(part.rawValue).use", "must name one back end at least, such as [\"embedded\"]") }
    for name in names {
      guard let service = plan.services[name] else {
        let known = plan.services.keys.sorted().joined(separator: ", ")
        if !problems.contains(where: { $0.contains("back_end.\(name):") || $0.contains("back_end.\(name).") }) {
          note(
            "\(part.rawValue).use", "\"\(name)\" is described nowhere: write a table [back_end.\(name)], or use one of \(known)")
        }
        continue
      }
      if let objection = Self.objection(part, name, service) { note("\(part.rawValue).use", objection) }
    }
    if Set(names).count < names.count { note("\(part.rawValue).use", "names a back end twice") }
    plan.order[part] = names
  }

  private static func objection(_ part: BackEndPlan.Part, _ name: String, _ service: BackEndPlan.Service) -> String? {
    switch (part, service) {
    case (.image, .wyoming): "\"\(name)\" is a Wyoming service, and these see no pictures"
    case (.image, .openAI(let settings)):
      settings.images
        ? nil : "\"\(name)\" is not said to see pictures: write images = true in [back_end.\(name)] if its model does"
    case (.speechToText, _), (.language, _), (.textToSpeech, _), (.image, .embedded): nil
    }
  }

  // MARK: Back ends

  private mutating func service(_ table: PlanTable, _ path: String) -> BackEndPlan.Service? {
    guard let kind = text("kind", in: table, at: path) else {
      note("\(path).kind", "is missing: write kind = \"openai\" or kind = \"wyoming\"")
      return nil
    }
    switch kind {
    case "wyoming": return wyoming(table, path)
    case "openai": return openAI(table, path)
    default:
      note("\(path).kind", "\"\(kind)\" is not known: write \"openai\" or \"wyoming\"")
      return nil
    }
  }

  private mutating func wyoming(_ table: PlanTable, _ path: String) -> BackEndPlan.Service? {
    know(table, ["kind", "address", "language", "model", "answers"] + Self.deadlineKeys + Self.programKeys, at: path)
    guard let written = text("address", in: table, at: path) else {
      note("\(path).address", "is missing: write address = \"127.0.0.1:10300\"")
      return nil
    }
    guard let address = WyomingAddress(written) else {
      note("\(path).address", "\"\(written)\" is no address: write HOST:PORT, such as \"127.0.0.1:10300\"")
      return nil
    }
    if let objection = policy.objection(toPlaintext: address.host) {
      note("\(path).address", objection.replacing("use https, or write", with: "Wyoming has no encryption; write"))
    }
    var settings = WyomingSettings(address: address)
    settings.language = text("language", in: table, at: path)
    settings.model = text("model", in: table, at: path)
    if let answers = text("answers", in: table, at: path) {
      if let known = WyomingSettings.Answers(rawValue: answers) {
        settings.answers = known
      } else {
        note("\(path).answers", "\"\(answers)\" is not known: write \"handle\" or \"intent\"")
      }
    }
    settings.deadlines = deadlines(table, path)
    return .wyoming(settings)
  }

  private mutating func openAI(_ table: PlanTable, _ path: String) -> BackEndPlan.Service? {
    know(
      table,
      ["kind", "url", "model", "key_env", "key_file", "images", "tools", "voice", "max_tokens", "prompt", "parameters"]
        + Self.deadlineKeys + Self.programKeys, at: path)
    if table.entries["key"] != nil || table.entries["api_key"] != nil {
      note(
        path,
        "holds a key: put it into a file that only you may read, write key_file = \"PATH\", and change the key if others saw it")
    }
    guard let url = url(table, path) else { return nil }
    var settings = OpenAISettings(url: url, model: text("model", in: table, at: path) ?? "")
    if settings.model.isEmpty { note("\(path).model", "is missing: write the model's name as the service knows it") }
    settings.key = key(table, path)
    settings.images = flag("images", in: table, at: path)
    settings.tools = flag("tools", in: table, at: path)
    settings.voice = text("voice", in: table, at: path) ?? settings.voice
    settings.prompt = text("prompt", in: table, at: path)
    if let most = table.json["max_tokens"] {
      if let number = most.integer, (1...4096).contains(number) {
        settings.maximumTokens = Int(number)
      } else {
        note("\(path).max_tokens", "must be a number from 1 to 4096")
      }
    }
    if let parameters = self.table("parameters", in: table, at: path) { settings.parameters = parameters.json }
    settings.deadlines = deadlines(table, path)
    return .openAI(settings)
  }

  private mutating func url(_ table: PlanTable, _ path: String) -> String? {
    guard let written = text("url", in: table, at: path) else {
      note("\(path).url", "is missing: write url = \"http://127.0.0.1:8080/v1\"")
      return nil
    }
    guard let parts = URLComponents(string: written), let scheme = parts.scheme, ["http", "https"].contains(scheme),
      let host = parts.host, !host.isEmpty, parts.query == nil, parts.fragment == nil
    else {
      note("\(path).url", "\"\(written)\" is no address of a service: write, for example, \"http://127.0.0.1:8080/v1\"")
      return nil
    }
    if parts.user != nil || parts.password != nil { note("\(path).url", "holds a user or a password: use key_file instead") }
    let name = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    if scheme == "http", let objection = policy.objection(toPlaintext: name) { note("\(path).url", objection) }
    return written.hasSuffix("/") ? String(written.dropLast()) : written
  }

  private mutating func key(_ table: PlanTable, _ path: String) -> Secret.Source? {
    let variable = text("key_env", in: table, at: path)
    let file = text("key_file", in: table, at: path)
    if variable != nil, file != nil { note("\(path).key_file", "and key_env cannot both be stated") }
    if let variable { return .environment(variable) }
    return file.map { .file(expanded($0)) }
  }

  private mutating func deadlines(_ table: PlanTable, _ path: String) -> BackEndDeadlines {
    var deadlines = BackEndDeadlines()
    deadlines.connect = duration("connect", in: table, at: path) ?? deadlines.connect
    deadlines.firstOutput = duration("first_output", in: table, at: path) ?? deadlines.firstOutput
    deadlines.idle = duration("idle", in: table, at: path) ?? deadlines.idle
    return deadlines
  }

  private mutating func program(
    _ table: PlanTable, _ path: String, for service: BackEndPlan.Service?
  ) -> BackEndPlan.Program? {
    guard let command = list("command", in: table, at: path), let service else { return nil }
    guard !command.isEmpty else {
      note("\(path).command", "is empty: write the program and its arguments, or leave it out")
      return nil
    }
    let place: (host: String, port: Int)?
    switch service {
    case .embedded: place = nil
    case .wyoming(let settings): place = (settings.address.host, settings.address.port)
    case .openAI(let settings):
      let parts = URLComponents(string: settings.url)
      place = parts?.host.map { ($0, parts?.port ?? (parts?.scheme == "https" ? 443 : 80)) }
    }
    guard let place, NetworkPolicy.isLoopback(place.host) else {
      note("\(path).command", "starts a program on this machine, so the address must be this machine's too")
      return nil
    }
    var environment: [String: String] = [:]
    for (name, value) in self.table("environment", in: table, at: path)?.entries ?? [:] {
      if case .text(let text) = value { environment[name] = text } else { note("\(path).environment.\(name)", "must be a text") }
    }
    return BackEndPlan.Program(
      command: command.map { expanded($0) }, environment: environment, host: place.host, port: place.port,
      start: duration("start_within", in: table, at: path) ?? .seconds(60))
  }

  private mutating func read(network: PlanTable) {
    know(network, ["plaintext_hosts"], at: "network")
    for host in list("plaintext_hosts", in: network, at: "network") ?? [] {
      if let objection = NetworkPolicy.objection(toNaming: host) {
        note("network.plaintext_hosts", objection)
      } else {
        policy.plaintextHosts.insert(host)
      }
    }
  }

  // MARK: Values

  private func expanded(_ path: String) -> String {
    NSString(string: path.replacing("$SOTTO_CACHE", with: cacheDirectory)).expandingTildeInPath
  }

  private mutating func note(_ path: String, _ words: String) {
    let line = lines[path].map { "line \($0): " } ?? ""
    problems.append("\(file): \(line)\(path): \(words)")
  }

  private mutating func know(_ table: PlanTable, _ keys: [String], at path: String) {
    for key in table.entries.keys.sorted() where !keys.contains(key) {
      if key == "key" || key == "api_key" { continue }
      note(path.isEmpty ? key : "\(path).\(key)", "is not known here (known: \(keys.joined(separator: ", ")))")
    }
  }

  private mutating func value<Found>(
    _ key: String, in table: PlanTable, at path: String, _ what: String, _ take: (PlanTable.Value) -> Found?
  ) -> Found? {
    guard let value = table.entries[key] else { return nil }
    if let found = take(value) { return found }
    note(path.isEmpty ? key : "\(path).\(key)", "must be \(what), but is \(value.kind)")
    return nil
  }

  private mutating func text(_ key: String, in table: PlanTable, at path: String) -> String? {
    value(key, in: table, at: path, "a text in quotes") { if case .text(let text) = $0 { text } else { nil } }
  }

  private mutating func list(_ key: String, in table: PlanTable, at path: String) -> [String]? {
    value(key, in: table, at: path, "a list of texts") { if case .list(let items) = $0 { items } else { nil } }
  }

  private mutating func table(_ key: String, in table: PlanTable, at path: String) -> PlanTable? {
    value(key, in: table, at: path, "a table") { if case .table(let inner) = $0 { inner } else { nil } }
  }

  private mutating func flag(_ key: String, in table: PlanTable, at path: String) -> Bool {
    value(key, in: table, at: path, "true or false") { if case .boolean(let flag) = $0 { flag } else { nil } } ?? false
  }

  /// Up to ten minutes: “300ms”, “2s”, “1.5 s”.
  private mutating func duration(_ key: String, in table: PlanTable, at path: String) -> Duration? {
    guard let text = text(key, in: table, at: path) else { return nil }
    if let match = text.wholeMatch(of: /([0-9]+(?:\.[0-9]+)?) ?(ms|s|min)/), let number = Double(match.output.1) {
      let seconds = number * (["ms": 0.001, "s": 1, "min": 60][String(match.output.2)] ?? 1)
      if seconds > 0, seconds <= 600 { return .milliseconds(Int64((seconds * 1000).rounded(.up))) }
    }
    note("\(path).\(key)", "\"\(text)\" is no length of time: write, for example, \"300ms\" or \"2s\" (at most 10 minutes)")
    return nil
  }
}
