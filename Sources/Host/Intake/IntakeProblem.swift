import Glibc
package import Records

/// Why a source, or part of it, cannot be read just now; shown in the status until it is resolved.
package enum IntakeProblem: Error, Hashable, Sendable {
  /// No file has this path, or none matches this pattern.
  case missing(path: String)
  case systemCall(path: String, errno: CInt)
  /// A directory, socket, FIFO or device stands where a log should be.
  case notRegular(path: String)
  /// The name says that it is compressed but the bytes are not, or the compressed data is corrupt.
  case corrupt(path: String)
  /// A compressed file ends in the middle.
  case endsEarly(path: String)
  /// The kernel grants no more inotify watches; files are scanned every few seconds instead.
  case watchesExhausted
  /// inotify is not available at all.
  case watchingFailed(errno: CInt)
  /// The source names more files than are followed.
  case tooManyFiles(limit: Int)

  /// Most of the lines that came last were rejected.
  case mostlyRejected(RecentRejections.Problem)

  /// The user is no member of a group that may read the journal.
  case journalForbidden(path: String)
  case journalFailed(directory: String?, errno: CInt)
  /// The entry that was counted last was vacuumed, or the journal is a different one.
  case journalGap
  /// A directory holds the journals of more machines than are read.
  case tooManyMachines(limit: Int)
  /// `reason` is the message of librdkafka or one of ours.
  case kafka(topic: String, reason: String)
  case notSocket(path: String)
  /// Another process receives on this socket.
  case socketInUse(path: String)
  /// The path of our socket was removed or replaced, so no program can reach it.
  case socketGone(path: String)

  /// One sentence for people; the caller escapes paths when it shows it.
  package var sentence: String {
    switch self {
    case .missing(let path): "\(path): no such file yet"
    case .systemCall(let path, let code): "\(path): \(String(cString: strerror(code)))"
    case .notRegular(let path): "\(path): not a regular file"
    case .corrupt(let path): "\(path): not readable as a compressed file"
    case .endsEarly(let path): "\(path): the compressed file ends early"
    case .watchesExhausted:
      "inotify watches are exhausted (fs.inotify.max_user_watches); scanning every few seconds"
    case .watchingFailed(let code):
      "inotify is not available (\(String(cString: strerror(code)))); scanning every few seconds"
    case .journalForbidden(let path):
      "\(path): not readable; the journal may be read by members of the group systemd-journal or adm"
    case .journalFailed(let directory, let code):
      "the journal\(directory.map { " in \($0)" } ?? "") cannot be read: "
        + String(cString: strerror(code))
    case .journalGap:
      "the journal no longer has the entry that was counted last; entries may be missing"
    case .tooManyMachines(let limit):
      "journals of more than \(limit) machines; the others are not read"
    case .kafka(let topic, let reason): "the topic \(topic): \(reason)"
    case .notSocket(let path): "\(path): something that is no socket is in the way"
    case .socketInUse(let path): "\(path): another program receives there"
    case .socketGone(let path): "\(path): the socket was removed; a reload makes it anew"
    case .mostlyRejected(let recent):
      "\(recent.rejectedCount) of the last \(recent.lineCount) lines are rejected, most as "
        + "\(recent.reason.rawValue); harbinger check tells what they look like"
    case .tooManyFiles(let limit): "more than \(limit) files; the oldest are not followed"
    }
  }

  /// Whether this is normal: a log that does not exist yet.
  package var isExpected: Bool {
    if case .missing = self { true } else { false }
  }

  /// Whether no event announces the end of the problem, so that reading must be retried periodically.
  var isSilent: Bool {
    guard case .systemCall(_, let code) = self else { return false }
    return !isForbidden && !Self.isAbsence(code)
  }

  /// Whether a permission is missing. A change of the file's mode causes an event, but not a change of groups, or of a
  /// directory that cannot be watched for the same reason.
  var isForbidden: Bool {
    guard case .systemCall(_, let code) = self else { return false }
    return code == EACCES || code == EPERM
  }

  /// Whether an errno says only that nothing exists at a path.
  static func isAbsence(_ code: CInt) -> Bool {
    [ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG].contains(code)
  }

  /// Adds the problem, unless it is there already or says only that a file does not exist.
  func add(to problems: inout [IntakeProblem]) {
    if case .systemCall(_, let code) = self, Self.isAbsence(code) { return }
    if !problems.contains(self) { problems.append(self) }
  }
}
