import Foundation
import GRDB

/// What the assistant keeps over restarts: facts it was told to remember, and past turns.
///
/// One SQLite file in write-ahead mode, readable by its owner only. Each change is on disk (`synchronous = FULL`) before its
/// function returns, so killing the host loses nothing that was acknowledged. Forgetting overwrites: deleted rows and their search
/// terms are zeroed in the file and the write-ahead log is emptied.
public final class Memory: Sendable {
  /// Older turns of a device are deleted beyond this number, which is some months of use.
  public static let keptTurns = 2000

  private let database: DatabaseQueue
  private let path: String

  /// Opens or makes the database; a nil path keeps everything in this process. Makes the folder (0700) and the file (0600).
  /// `patience` is how long a change waits for another program that holds the database, in seconds.
  public init(path: String?, patience: TimeInterval = 2) throws(MemoryFailure) {
    self.path = path ?? ":memory:"
    var configuration = Configuration()
    configuration.label = "sotto.memory"
    configuration.busyMode = .timeout(patience)
    configuration.journalMode = path == nil ? .default : .wal
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
    }
    if let path { try Self.makePrivateFile(path) }
    database = try Self.typed(path ?? ":memory:") {
      let database =
        try path.map { try DatabaseQueue(path: $0, configuration: configuration) } ?? DatabaseQueue(configuration: configuration)
      try Schema.migrator.migrate(database)
      return database
    }
  }

  // MARK: Facts

  /// What became of a fact that was to be remembered.
  public enum Remembered: Sendable, Equatable {
    case new
    case alreadyKnown
    /// It took the place of this older text about the same subject.
    case replaced(String)
  }

  /// Keeps a fact. Returns when it is on disk.
  public func remember(_ fact: Fact) async throws(MemoryFailure) -> Remembered {
    try await write { database in
      let same = Fact.filter(Column("device") == fact.device)
      if let known = try same.filter(Column("text").collating(.nocase) == fact.text).fetchOne(database) {
        try database.execute(sql: "UPDATE fact SET at = ? WHERE id = ?", arguments: [fact.at, known.id])
        return .alreadyKnown
      }
      var fact = fact
      if let subject = fact.subject, let older = try same.filter(Column("subject") == subject).fetchOne(database) {
        fact.id = older.id
        try fact.update(database)
        return .replaced(older.text)
      }
      try fact.insert(database)
      return .new
    }
  }

  /// How much of a query a fact must have.
  public enum Matching: String, Sendable {
    case everyWord = "AND"
    case anyWord = "OR"
  }

  /// The facts with words of the query, best first. A query of common words only finds nothing.
  public func recall(
    _ query: String, device: String, matching: Matching = .everyWord, limit: Int = 5
  ) async throws(MemoryFailure) -> [Fact] {
    let words = SearchWords.of(query)
    guard !words.isEmpty else { return [] }
    return try await read { database in
      try Fact.fetchAll(
        database,
        sql: """
          SELECT fact.* FROM fact JOIN factIndex ON factIndex.rowid = fact.id
          WHERE factIndex MATCH ? AND fact.device = ? ORDER BY bm25(factIndex), fact.at DESC LIMIT ?
          """,
        arguments: [SearchWords.pattern(words, joinedBy: matching.rawValue), device, limit])
    }
  }

  /// All facts of all devices, oldest first.
  public func facts() async throws(MemoryFailure) -> [Fact] {
    try await read { try Fact.order(Column("id")).fetchAll($0) }
  }

  /// All facts of a device, newest first.
  public func facts(device: String) async throws(MemoryFailure) -> [Fact] {
    try await read { try Fact.filter(Column("device") == device).order(Column("at").desc).fetchAll($0) }
  }

  /// Deletes the facts and past turns that have all the words of the query, beyond recovery from the file.
  /// Returns the texts of the facts. An empty query, or one of common words only, deletes nothing.
  public func forget(_ query: String, device: String) async throws(MemoryFailure) -> [String] {
    let words = SearchWords.of(query)
    guard !words.isEmpty else { return [] }
    let pattern = SearchWords.pattern(words, joinedBy: "AND")
    return try await erase { database in
      let facts = try Fact.fetchAll(
        database,
        sql: """
          SELECT fact.* FROM fact JOIN factIndex ON factIndex.rowid = fact.id WHERE factIndex MATCH ? AND fact.device = ?
          """,
        arguments: [pattern, device])
      try Fact.deleteAll(database, keys: facts.compactMap(\.id))
      try database.execute(
        sql: "DELETE FROM turn WHERE device = ? AND id IN (SELECT rowid FROM turnIndex WHERE turnIndex MATCH ?)",
        arguments: [device, pattern])
      return facts.map(\.text)
    }
  }

  /// How much was deleted.
  public struct Erased: Sendable, Equatable {
    public var facts: Int
    public var turns: Int

    public init(facts: Int, turns: Int) {
      self.facts = facts
      self.turns = turns
    }
  }

  /// Deletes everything about a device, as when it is unpaired.
  @discardableResult
  public func forgetEverything(device: String) async throws(MemoryFailure) -> Erased {
    try await erase { database in
      Erased(
        facts: try Fact.filter(Column("device") == device).deleteAll(database),
        turns: try PastTurn.filter(Column("device") == device).deleteAll(database))
    }
  }

  /// Deletes one fact, and the past turns of its device that have all its words: those in which it was said. Nil when there is none
  /// of this number.
  public func forget(fact id: Int64) async throws(MemoryFailure) -> Erased? {
    try await erase { database in
      guard let fact = try Fact.fetchOne(database, key: id) else { return nil }
      try fact.delete(database)
      let words = SearchWords.of(fact.text)
      guard !words.isEmpty else { return Erased(facts: 1, turns: 0) }
      try database.execute(
        sql: "DELETE FROM turn WHERE device = ? AND id IN (SELECT rowid FROM turnIndex WHERE turnIndex MATCH ?)",
        arguments: [fact.device, SearchWords.pattern(words, joinedBy: "AND")])
      return Erased(facts: 1, turns: database.changesCount)
    }
  }

  /// Deletes one past turn. Nil when there is none of this number.
  public func forget(turn id: Int64) async throws(MemoryFailure) -> Erased? {
    try await erase { database in
      try PastTurn.deleteOne(database, key: id) ? Erased(facts: 0, turns: 1) : nil
    }
  }

  // MARK: Turns

  /// Keeps a turn and deletes the device's oldest beyond `keptTurns`. Returns its number in the memory.
  @discardableResult
  public func record(_ turn: PastTurn) async throws(MemoryFailure) -> Int64 {
    try await write { database in
      var turn = turn
      try turn.insert(database)
      let id = database.lastInsertedRowID
      try database.execute(
        sql:
          "DELETE FROM turn WHERE device = ?1 AND id <= (SELECT id FROM turn WHERE device = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        arguments: [turn.device, Self.keptTurns])
      return id
    }
  }

  /// All past turns of all devices, oldest first.
  public func turns() async throws(MemoryFailure) -> [PastTurn] {
    try await read { try PastTurn.order(Column("id")).fetchAll($0) }
  }

  /// The device's latest turns, newest first.
  public func turns(device: String, limit: Int) async throws(MemoryFailure) -> [PastTurn] {
    try await read {
      try PastTurn.filter(Column("device") == device).order(Column("id").desc).limit(limit).fetchAll($0)
    }
  }

  /// Notes what was heard of the answer, of the turn that `record` numbered so: it takes the answer's place. The wearer's own numbers of turns
  /// would not do: they begin again in each session.
  public func note(heardMilliseconds: Int, answer: String, turn id: Int64) async throws(MemoryFailure) {
    try await write { database in
      try database.execute(
        sql: "UPDATE turn SET heardMilliseconds = ?, answer = ? WHERE id = ?", arguments: [heardMilliseconds, answer, id])
    }
  }

  // MARK: Access

  private func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(MemoryFailure) -> Value {
    try await typed { try await self.database.read(body) }
  }

  private func write<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(MemoryFailure) -> Value {
    try await typed { try await self.database.write(body) }
  }

  /// A change after which nothing of the deleted rows may be left: the search indexes are merged, which drops the terms of deleted
  /// rows, and the write-ahead log, which holds older pages, is emptied.
  private func erase<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(MemoryFailure) -> Value {
    try await typed {
      try await self.database.writeWithoutTransaction { database in
        var value: Value?
        try database.inTransaction {
          value = try body(database)
          try database.execute(sql: "INSERT INTO factIndex(factIndex) VALUES ('rebuild')")
          try database.execute(sql: "INSERT INTO turnIndex(turnIndex) VALUES ('rebuild')")
          return .commit
        }
        if self.path != ":memory:" { try database.checkpoint(.truncate) }
        return value!
      }
    }
  }

  private func typed<Value>(_ body: () async throws -> Value) async throws(MemoryFailure) -> Value {
    do {
      return try await body()
    } catch let error as DatabaseError {
      throw MemoryFailure(error, path: path)
    } catch {
      throw .other(code: 0, message: "\(error)")
    }
  }

  private static func typed<Value>(_ path: String, _ body: () throws -> Value) throws(MemoryFailure) -> Value {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw MemoryFailure(error, path: path)
    } catch {
      throw .other(code: 0, message: "\(error)")
    }
  }

  private static func makePrivateFile(_ path: String) throws(MemoryFailure) {
    let folder = (path as NSString).deletingLastPathComponent
    do {
      try FileManager.default.createDirectory(
        atPath: folder.isEmpty ? "." : folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .cannotOpen(path: path, reason: (error as NSError).localizedDescription)
    }
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
    defer { close(file) }
    // A file that was copied here may be open to others, and SQLite gives its log the same mode.
    guard fchmod(file, 0o600) == 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
  }
}
