import Foundation
import TOMLKit

/// A valid board file with everything that it inherits laid under it.
///
/// `board.toml` files lie in `boards/<vendor>/<board>/`. docs/boards.md describes the keys; `flat` is what the firmware reads.
public struct BoardFile: Sendable {
  /// The file that was asked for.
  public let path: String
  /// The files that took part, the most derived first.
  public let chain: [String]
  let value: Value

  /// Loads and checks a board file. `path` is the file or its folder.
  public static func load(_ path: String) throws(BoardFileError) -> BoardFile {
    let files = try readChain(startingAt: file(at: path))
    var problems = files.flatMap { BoardCheck.keys(of: $0.value, file: $0.path) }
    let names = files.map { $0.path }
    var merged = Value.table([:])
    for file in files.reversed() { merged = merged.overlaid(with: file.value) }
    // What is only not filled in does not hide what is wrong with the rest.
    if problems.allSatisfy({ $0.isUnfilled }) { problems += BoardCheck.whole(merged, file: names[0]) }
    guard problems.isEmpty else { throw BoardFileError(problems) }
    return BoardFile(path: names[0], chain: names, value: merged)
  }

  public var vendor: String { text("vendor") }
  public var name: String { text("name") }
  public var description: String { text("description") }
  /// Names of the parts that the board has: `camera`, `wear`…
  public var capabilities: [String] {
    guard case .list(let items)? = value["capabilities"] else { return [] }
    return items.compactMap { item in if case .text(let text) = item { text } else { nil } }
  }

  /// Capacity of the battery; nil when the board states none.
  public var batteryMilliwattHours: Int64? {
    if case .integer(let capacity)? = value["battery.milliwatt_hours"] { capacity } else { nil }
  }

  private func text(_ path: String) -> String {
    if case .text(let text)? = value[path] { text } else { "" }
  }

  // MARK: Reading

  private struct Source {
    var path: String
    var value: Value
  }

  private static func file(at path: String) -> String {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    return exists && isFolder.boolValue ? (path.hasSuffix("/") ? path : path + "/") + "board.toml" : path
  }

  /// The file and its ancestors, the most derived first.
  private static func readChain(startingAt first: String) throws(BoardFileError) -> [Source] {
    var sources: [Source] = []
    var seen: [String] = []
    var next: String? = first
    while let path = next {
      let identity = URL(fileURLWithPath: path).standardizedFileURL.path
      guard !seen.contains(identity) else {
        let circle = (seen[seen.firstIndex(of: identity)!...] + [identity]).map { boardName(of: $0) }.joined(separator: " → ")
        throw problem(sources[0].path, "inherits", "goes in a circle: \(circle)")
      }
      seen.append(identity)
      let value = try read(path, inheritedBy: sources.last?.path)
      sources.append(Source(path: path, value: value))
      next = try parent(of: value, at: path)
    }
    return sources
  }

  private static func read(_ path: String, inheritedBy heir: String?) throws(BoardFileError) -> Value {
    guard let data = FileManager.default.contents(atPath: path) else {
      guard let heir else { throw problem(path, "", "there is no such file, or it cannot be read") }
      throw problem(heir, "inherits", "names a board that has no file at \(path)")
    }
    guard let text = String(data: data, encoding: .utf8) else { throw problem(path, "", "is not UTF-8 text") }
    do {
      return Value(table: try TOMLTable(string: text))
    } catch let error as TOMLParseError {
      throw problem(path, "", "line \(error.source.begin.line), column \(error.source.begin.column): \(error.description)")
    } catch {
      throw problem(path, "", "is not TOML: \(error)")
    }
  }

  private static func parent(of value: Value, at path: String) throws(BoardFileError) -> String? {
    guard let stated = value["inherits"] else { return nil }
    guard case .text(let name) = stated, name.split(separator: "/").count == 2, !name.contains("..") else {
      throw problem(path, "inherits", "must be \"vendor/board\", but is \(stated.kind)")
    }
    let boards = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return boards.appendingPathComponent(name).appendingPathComponent("board.toml").path
  }

  private static func boardName(of path: String) -> String {
    path.split(separator: "/").dropLast().suffix(2).joined(separator: "/")
  }

  private static func problem(_ file: String, _ key: String, _ message: String) -> BoardFileError {
    BoardFileError([BoardFileProblem(file: file, key: key, message: message)])
  }
}
