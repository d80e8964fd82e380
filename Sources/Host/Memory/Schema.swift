import GRDB

/// The tables and their changes over time. A migration that has been released is never edited: a new one follows it.
enum Schema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: facts and turns") { database in
      try database.create(table: "fact") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("device", .text).notNull()
        table.column("text", .text).notNull()
        table.column("subject", .text)
        table.column("at", .datetime).notNull()
        table.uniqueKey(["device", "subject"])
      }
      try database.create(table: "turn") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("device", .text).notNull().indexed()
        table.column("number", .integer).notNull()
        table.column("at", .datetime).notNull()
        table.column("question", .text).notNull()
        table.column("answer", .text).notNull()
        table.column("outcome", .text).notNull()
        table.column("heardMilliseconds", .integer)
      }
      try database.create(virtualTable: "factIndex", using: FTS5()) { table in
        table.tokenizer = .porter(wrapping: .unicode61())
        table.synchronize(withTable: "fact")
        table.column("text")
      }
      try database.create(virtualTable: "turnIndex", using: FTS5()) { table in
        table.tokenizer = .porter(wrapping: .unicode61())
        table.synchronize(withTable: "turn")
        table.column("question")
        table.column("answer")
      }
    }
    return migrator
  }
}
