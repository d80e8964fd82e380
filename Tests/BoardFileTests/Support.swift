import Foundation

@testable import BoardFile

/// A throw-away `boards` folder.
final class BoardsFolder {
  let root: URL

  init() throws {
    root = FileManager.default.temporaryDirectory.appendingPathComponent("sotto-boards-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  /// Writes `vendor/board/board.toml` and returns its path.
  @discardableResult
  func add(_ board: String, _ text: String) throws -> String {
    let folder = root.appendingPathComponent(board)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent("board.toml")
    try Data(text.utf8).write(to: file)
    return file.path
  }

  /// The problems of `acme/one` with this text; empty when it loads.
  func problems(of text: String) throws -> [String] {
    let path = try add("acme/one", text)
    do {
      _ = try BoardFile.load(path)
      return []
    } catch {
      return error.problems.map { "\($0.key): \($0.message)" }
    }
  }
}

/// The smallest valid board.
let smallest = """
  vendor = "acme"
  name = "one"
  description = "A board"
  kind = "sim"
  capabilities = ["button"]
  [[power.processor]]
  level = "asleep"
  milliwatts = 3.4
  source = "TI AM62L performance guide, 2026-11"
  [[power.link]]
  level = "down"
  milliwatts = 0
  source = "estimate: the radio is switched off"

  """

/// The repository's own `boards` folder.
let ownBoards = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()
  .appendingPathComponent("boards")
