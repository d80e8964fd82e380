/// Checks one value against what its key takes and renders it for the flat file.
extension FieldKind {
  /// What is allowed, in words for an error.
  var allowed: String {
    switch self {
    case .name: "a name of lower-case letters, digits and hyphens"
    case .line: "one line of printable ASCII text"
    case .wakeWords:
      "up to 8 different wake words with commas between them, each a name (letters, digits, - and _), and after a space low, normal, high, "
        + "highest or a cutoff from 0.05 to 0.99"
    case .boolean: "true or false"
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .choice(let words): "one of " + words.joined(separator: ", ")
    case .integerChoice(let numbers): "one of " + numbers.map(String.init).joined(separator: ", ")
    case .choices(let words): "a list of distinct words out of " + words.joined(separator: ", ")
    case .duration(let range):
      "a duration from \"\(DurationText.text(of: range.lowerBound))\" to \"\(DurationText.text(of: range.upperBound))\""
    case .durationOrForever(let range):
      "a duration from \"\(DurationText.text(of: range.lowerBound))\" to \"\(DurationText.text(of: range.upperBound))\", or \"forever\""
    case .percent(let range): "a share from \"\(range.lowerBound) %\" to \"\(range.upperBound) %\""
    case .temperature(let range):
      "a temperature from \"\(range.lowerBound / 10) C\" to \"\(range.upperBound / 10) C\", with at most one decimal"
    case .timeOfDay: "a time of day from \"00:00\" to \"23:59\""
    case .eventName:
      "an event of the sensor's folder events without _en, such as in_accel_gesture_doubletap: CHANNEL_TYPE or CHANNEL_TYPE_DIRECTION"
    case .channels(let limit): "\"mix\", or a list of distinct channels from 0 to \(limit - 1)"
    case .source: "where the figure comes from, with the year, or \"estimate: \" and the reasoning"
    }
  }

  /// The text of `value` in the flat file; nil when it is not allowed here.
  func flatText(of value: Value) -> String? {
    switch (self, value) {
    case (.name, .text(let text)):
      let allowed = !text.isEmpty && text.count <= 64 && text.utf8.allSatisfy { isNameByte($0) }
      return allowed ? text : nil
    case (.line, .text(let text)):
      return !text.isEmpty && text.utf8.count <= 400 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) } ? text : nil
    case (.wakeWords, .text(let text)): return isListOfWords(text) ? text : nil
    case (.boolean, .boolean(let flag)): return flag ? "true" : "false"
    case (.integer(let range), .integer(let number)): return range.contains(number) ? String(number) : nil
    case (.choice(let words), .text(let text)): return words.contains(text) ? text : nil
    case (.integerChoice(let numbers), .integer(let number)): return numbers.contains(number) ? String(number) : nil
    case (.choices(let words), .list(let items)):
      let stated = items.compactMap { item in if case .text(let text) = item { text } else { nil } }
      guard stated.count == items.count, Set(stated).count == stated.count, stated.allSatisfy({ words.contains($0) }) else {
        return nil
      }
      return stated.joined(separator: ",")
    case (.durationOrForever, .text("forever")): return "forever"
    case (.duration(let range), .text(let text)), (.durationOrForever(let range), .text(let text)):
      guard let duration = DurationText.parse(text), range.contains(duration) else { return nil }
      return String(duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000)
    case (.percent(let range), .text(let text)): return QuantityText.percent(text, in: range).map { String($0) }
    case (.temperature(let range), .text(let text)): return QuantityText.deciCelsius(text, in: range).map { String($0) }
    case (.timeOfDay, .text(let text)): return QuantityText.minutes(text).map { String($0) }
    case (.eventName, .text(let text)): return isEventName(text) ? text : nil
    case (.channels, .text("mix")): return "mix"
    case (.channels(let limit), .list(let items)):
      let stated = items.compactMap { item in if case .integer(let number) = item { number } else { nil } }
      guard !stated.isEmpty, stated.count == items.count, Set(stated).count == stated.count,
        stated.allSatisfy({ (0..<limit).contains($0) })
      else { return nil }
      return stated.map { String($0) }.joined(separator: ",")
    case (.source, .text(let text)): return isSource(text) ? text : nil
    default: return nil
    }
  }

  /// As the firmware reads it (`WakeWordChoice`).
  private func isListOfWords(_ text: String) -> Bool {
    let entries = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.split(separator: " ") }
    let names = entries.compactMap { $0.first }
    guard names.count == entries.count, Set(names).count == names.count, names.count <= 8 else { return false }
    return entries.allSatisfy { entry in
      entry[0].wholeMatch(of: /[A-Za-z0-9_-]{1,64}/) != nil && (entry.count == 1 || entry.count == 2 && isSensitivity(entry[1]))
    }
  }

  private func isSensitivity(_ text: Substring) -> Bool {
    if ["low", "normal", "high", "highest"].contains(text) { return true }
    guard text.wholeMatch(of: /0\.[0-9]{1,4}/) != nil, let cutoff = Double(text) else { return false }
    return (0.05...0.99).contains(cutoff)
  }

  /// As `MotionEventName` of the firmware reads it.
  private func isEventName(_ text: String) -> Bool {
    guard text.hasPrefix("in_") || text.hasPrefix("out_"),
      text.utf8.allSatisfy({ isNameByte($0) && $0 != UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "&") })
    else { return false }
    let directions = ["_either", "_rising", "_falling", "_singletap", "_doubletap", ""]
    let types = ["_thresh_adaptive", "_mag_adaptive", "_mag_referenced", "_thresh", "_mag", "_roc", "_change", "_gesture"]
    return directions.contains { direction in types.contains { text.hasSuffix($0 + direction) } }
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
    default: false
    }
  }

  private func isSource(_ text: String) -> Bool {
    if text.hasPrefix("estimate: ") { return text.count > "estimate: ".count + 10 }
    let words = text.split { !$0.isNumber }
    return words.contains { $0.count == 4 && ("1990"..."2199").contains(String($0)) } && text.count > 8
  }
}
