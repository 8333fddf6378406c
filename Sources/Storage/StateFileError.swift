import GRDB

/// Why the state file cannot be used, in words for the operator.
package enum StateFileError: Error, Equatable, CustomStringConvertible {
  /// A newer Harbinger wrote it.
  case newer(String)
  /// An older Harbinger wrote it, and it is opened for reading only; opening it for writing migrates it.
  case older(String)
  /// Another process holds it.
  case locked(String)
  /// It is no database, or a damaged one.
  case corrupt(String, reason: String)
  /// The disk is full.
  case full(String)
  case unusable(String, reason: String)

  /// A table has what its column forbids, such as NULL for a name: a page is another one.
  static func undecodable(_ path: String) -> StateFileError {
    .corrupt(path, reason: "a table has something else than what was stored")
  }

  init(_ error: DatabaseError, path: String) {
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(path)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      self = .corrupt(path, reason: error.message ?? "damaged")
    case .SQLITE_FULL: self = .full(path)
    default: self = .unusable(path, reason: error.message ?? "\(error.resultCode)")
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
