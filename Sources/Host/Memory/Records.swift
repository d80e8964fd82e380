import Foundation
import GRDB

/// Something the wearer asked to have remembered.
public struct Fact: Sendable, Equatable, Codable, FetchableRecord, MutablePersistableRecord {
  public static let databaseTableName = "fact"

  public var id: Int64?
  /// The paired device whose wearer said it.
  public var device: String
  /// What was said, such as “my locker code is 4417”.
  public var text: String
  /// What the fact is about when it states one thing, such as “my locker code”, folded to lower case; a newer statement about
  /// the same subject replaces it. Nil for anything else.
  public var subject: String?
  public var at: Date

  public init(device: String, text: String, subject: String?, at: Date) {
    self.device = device
    self.text = text
    self.subject = subject
    self.at = at
  }

  public mutating func didInsert(_ inserted: InsertionSuccess) { id = inserted.rowID }
}

/// One turn as history keeps it.
public struct PastTurn: Sendable, Equatable, Codable, FetchableRecord, MutablePersistableRecord {
  public static let databaseTableName = "turn"

  public var id: Int64?
  public var device: String
  public var number: UInt32
  public var at: Date
  public var question: String
  public var answer: String
  /// `answered`, `nothingHeard`, `cancelled` or `failed: REASON`.
  public var outcome: String
  /// How much of the answer was heard when the wearer stopped it, in milliseconds; nil when it was not stopped.
  public var heardMilliseconds: Int?

  public init(
    device: String, number: UInt32, at: Date, question: String, answer: String, outcome: String, heardMilliseconds: Int? = nil
  ) {
    self.device = device
    self.number = number
    self.at = at
    self.question = question
    self.answer = answer
    self.outcome = outcome
    self.heardMilliseconds = heardMilliseconds
  }

  public mutating func didInsert(_ inserted: InsertionSuccess) { id = inserted.rowID }
}
