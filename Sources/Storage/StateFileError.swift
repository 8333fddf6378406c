import GRDB

/// Why the state file cannot be used, worded for the operator.
package enum StateFileError: Error, Equatable, CustomStringConvertible {
  /// A newer Harbinger wrote it.
  case newer(String)
  /// An older Harbinger wrote it, and it was opened for reading; opening it for writing migrates it.
  case older(String)
  /// Another process has locked it.
  case locked(String)
  /// It is not a database, or it is damaged.
  case corrupt(String, reason: String)
  /// The disk is full.
  case full(String)
  case unusable(String, reason: String)

  /// A column has a value that the schema forbids, such as NULL for a name, because a page is damaged.
  static func undecodable(_ path: String) -> StateFileError {
    .corrupt(path, reason: "a table has something else than what was stored")
  }

  init(_ error: DatabaseError, path: String) {
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(path)
    case .SQLITE_CORRUPT: self = .corrupt(path, reason: "it is damaged")
    case .SQLITE_NOTADB: self = .corrupt(path, reason: "it is no database")
    case .SQLITE_FULL: self = .full(path)
    default: self = .unusable(path, reason: Self.reason(error))
    }
  }

  /// Our wording for common causes, else SQLite's.
  private static func reason(_ error: DatabaseError) -> String {
    switch error.resultCode {
    case .SQLITE_CANTOPEN: "it cannot be opened"
    case .SQLITE_READONLY: "it cannot be written"
    case .SQLITE_PERM, .SQLITE_AUTH: "it may not be read and written"
    case .SQLITE_IOERR: "the disk does not read or write"
    case .SQLITE_NOMEM: "there is no memory for it"
    default:
      "SQLite's error \(error.extendedResultCode.rawValue), \(error.message ?? "without a reason")"
    }
  }

  package var description: String {
    switch self {
    case .newer(let path): "\(path) was written by a newer version of harbinger"
    case .older(let path):
      "\(path) was written by an older version of harbinger; the daemon updates it when it starts"
    case .locked(let path): "\(path) is locked by another process"
    case .corrupt(let path, let reason): "\(path) is not a usable state file: \(reason)"
    case .full(let path): "no space left for \(path)"
    case .unusable(let path, let reason): "\(path) cannot be used: \(reason)"
    }
  }
}
