import Glibc
package import Records

/// Why some of a source cannot be read just now; shown in the status file, gone when it is over.
package enum IntakeProblem: Error, Hashable, Sendable {
  /// No file has this path, or none matches this pattern.
  case missing(path: String)
  case systemCall(path: String, errno: CInt)
  /// A directory, socket, FIFO or device stands where a log should be.
  case notRegular(path: String)
  /// The name says compressed, the bytes do not; or they stop making sense.
  case corrupt(path: String)
  /// A compressed file ends in the middle.
  case endsEarly(path: String)
  /// The kernel gives no more inotify watches; files are looked at every few seconds instead.
  case watchesExhausted
  /// inotify is not available at all.
  case watchingFailed(errno: CInt)
  /// The source names more files than are followed.
  case tooManyFiles(limit: Int)

  /// Most of the lines that came last were rejected.
  case mostlyRejected(RecentRejections.Problem)

  /// Membership in a group is missing.
  case journalForbidden(path: String)
  case journalFailed(directory: String?, errno: CInt)
  /// The entry counted last was vacuumed away, or the journal is another one.
  case journalGap
  /// A directory has the journals of more machines than are read.
  case tooManyMachines(limit: Int)
  /// In the words of librdkafka, or ours.
  case kafka(topic: String, reason: String)
  case notSocket(path: String)
  /// Another process receives there.
  case socketInUse(path: String)
  /// Our socket cannot be found any more: its path was removed or replaced.
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

  /// A log that has not been begun yet is no trouble.
  package var isExpected: Bool {
    if case .missing = self { true } else { false }
  }

  /// Nothing tells when it is over: it has to be tried again.
  var isSilent: Bool {
    guard case .systemCall(_, let code) = self else { return false }
    return !isForbidden && !Self.isAbsence(code)
  }

  /// A right is missing. Mostly a change of mode tells when it is over, but not one of groups, or of a directory
  /// that cannot be watched for the same reason.
  var isForbidden: Bool {
    guard case .systemCall(_, let code) = self else { return false }
    return code == EACCES || code == EPERM
  }

  /// Whether an errno says only that a path leads nowhere.
  static func isAbsence(_ code: CInt) -> Bool {
    [ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG].contains(code)
  }

  /// Notes it, once, unless it is only that something is not there.
  func add(to problems: inout [IntakeProblem]) {
    if case .systemCall(_, let code) = self, Self.isAbsence(code) { return }
    if !problems.contains(self) { problems.append(self) }
  }
}
