import Foundation

extension PowerExplanation {
  /// From the lines with which the control port answers `explain` (docs/control.md); nil when they are something else.
  public init?(lines: [String]) {
    let objects = lines.compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    func number(_ object: [String: Any], _ key: String) -> Int64? { (object[key] as? NSNumber)?.int64Value }
    guard let head = objects.first, let now = number(head, "now_us"), let state = head["state"] as? String else { return nil }
    self.init(now: now, state: state, stateSince: number(head, "since_us") ?? now, turn: Int(number(head, "turn") ?? 0))
    for object in objects.dropFirst() {
      guard let part = object["part"] as? String, let level = number(object, "level") else { continue }
      let since = number(object, "since_us") ?? now
      if let holder = object["holder"] as? String {
        let used = elements.first { $0.part == part }?.energy ?? 0
        add(
          Holder(name: holder, level: Int(level), since: since, energy: used - (number(object, "taken_part_uj") ?? 0)), to: part)
      } else if let required = object["requires"] as? String {
        add(Reason(part: part, level: Int(level)), to: required)
      } else {
        elements.append(
          Element(
            part: part, level: Int(level), since: since, milliwatts: (object["mw"] as? NSNumber)?.doubleValue ?? 0,
            energy: number(object, "part_uj") ?? 0))
      }
    }
  }
}
