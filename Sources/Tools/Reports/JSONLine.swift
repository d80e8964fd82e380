import Foundation

/// What a command prints with `--json`: one object on one line, keys in snake case and sorted, so that two runs can be compared.
public func jsonLine(_ report: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return (try? encoder.encode(report)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
}
