import Foundation
import GRDB

/// Why the memory could not do what was asked. `description` is for the wearer: plain words without a full stop.
public enum MemoryFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// The folder or file cannot be made or opened.
  case cannotOpen(path: String, reason: String)
  case diskFull
  /// Another program has held the database for longer than the memory's patience.
  case locked
  /// The file is damaged or is no database.
  case corrupt(path: String)
  /// The file may not be written.
  case readOnly(path: String)
  /// SQLite's own words for anything else.
  case other(code: Int32, message: String)

  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason): "I cannot open \(path): \(reason)"
    case .diskFull: "the disk of the host is full"
    case .locked: "another program is using it"
    case .corrupt(let path): "the file \(path) is damaged; move it away and start the host again"
    case .readOnly(let path): "the file \(path) cannot be written"
    case .other(let code, let message): "\(message) (SQLite \(code))"
    }
  }

  init(_ error: DatabaseError, path: String) {
    switch error.resultCode.primaryResultCode {
    case .SQLITE_FULL: self = .diskFull
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(path: path)
    case .SQLITE_READONLY, .SQLITE_PERM: self = .readOnly(path: path)
    case .SQLITE_CANTOPEN: self = .cannotOpen(path: path, reason: error.message ?? "it cannot be opened")
    default: self = .other(code: error.extendedResultCode.rawValue, message: error.message ?? "unknown error")
    }
  }
}
