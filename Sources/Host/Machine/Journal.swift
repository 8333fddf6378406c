internal import CSystemd
internal import Glibc
internal import Records

/// Where messages are sent: systemd's journal or, without one, standard error.
package struct Journal: Sendable {
  /// Sends one message.
  ///
  /// - Throws: If it was not delivered; it may be sent again.
  package var send: @Sendable (JournalMessage) throws(SystemError) -> Void

  /// - Parameter send: Delivers a message, or throws.
  package init(send: @escaping @Sendable (JournalMessage) throws(SystemError) -> Void) {
    self.send = send
  }

  /// The journal if systemd connected our standard error or output to it, or if `HARBINGER_JOURNAL=native` says so,
  /// as in a container that has the journal's socket but not its streams; else standard error.
  package static func automatic() -> Journal {
    isServiceOfJournal || ProcessFacts.environment("HARBINGER_JOURNAL") == "native"
      ? .systemd : .standardError
  }

  /// The same, with fields that all messages get.
  package func adding(_ fields: [JournalMessage.Field]) -> Journal {
    let send = send
    return Journal { message throws(SystemError) in
      var message = message
      message.fields += fields
      try send(message)
    }
  }

  /// The native journal.
  package static let systemd = Journal { message throws(SystemError) in
    // libsystemd drops the entry and reports success if journald does not run, and blocks if journald has stopped
    // reading.
    try requireListeningJournal()
    let code = sendNatively(message.allFields)
    if code < 0 { throw SystemError("write to the journal", code: -code) }
  }

  /// Readable lines on standard error.
  package static let standardError = Journal { message throws(SystemError) in
    let line = readableLine(message, atSeconds: WallClock.nowSeconds) + "\n"
    let bytes = Array(line.utf8)
    let written = retryingInterrupted { write(STDERR_FILENO, bytes, bytes.count) }
    if written < 0 { throw .last("write to standard error") }
  }

  /// `2026-11-23T14:50:01Z warning: text (HARBINGER_STREAM=backup, …)`, always one line.
  package static func readableLine(_ message: JournalMessage, atSeconds seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    var stamp = [CChar](repeating: 0, count: 32)
    strftime(&stamp, stamp.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    let date = stamp.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }

    let facts = message.fields.map {
      "\($0.name)=\(String(escapedForDisplay: $0.value, limit: 256))"
    }
    return "\(String(decoding: date, as: UTF8.self)) \(message.priority): "
      + String(escapedForDisplay: message.text, limit: 1_024)
      + (facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))")
  }
}

/// Whether `JOURNAL_STREAM` names our own standard error or output. Children of a service inherit the variable, so its
/// presence alone proves nothing.
private var isServiceOfJournal: Bool {
  guard let stream = ProcessFacts.environment("JOURNAL_STREAM") else { return false }
  return [STDERR_FILENO, STDOUT_FILENO].contains { descriptor in
    var status = stat()
    return fstat(descriptor, &status) == 0 && stream == "\(status.st_dev):\(status.st_ino)"
  }
}

private let journalSocket = "/run/systemd/journal/socket"

/// Connects to journald's socket and checks that it accepts a datagram.
private func requireListeningJournal() throws(SystemError) {
  let probe = try LocalSocket.make()
  let connected = LocalSocket.withAddress(journalSocket) { connect(probe.number, $0, $1) }
  guard connected == 0 else { throw .last("reach the journal at", path: journalSocket) }
  var entry = pollfd(fd: probe.number, events: Int16(POLLOUT), revents: 0)
  guard poll(&entry, 1, 0) == 1, Int32(entry.revents) & POLLOUT != 0 else {
    throw SystemError("write to the journal at", path: journalSocket, code: EAGAIN)
  }
}

/// - Returns: 0, or a negative errno.
private func sendNatively(_ fields: [JournalMessage.Field]) -> Int32 {
  var flat: [UInt8] = []
  var ends: [Int] = []
  for field in fields {
    flat += Array("\(field.name)=".utf8) + field.value
    ends.append(flat.count)
  }
  return flat.withUnsafeMutableBytes { bytes in
    var start = 0
    var vectors: [iovec] = []
    for end in ends {
      vectors.append(iovec(iov_base: bytes.baseAddress! + start, iov_len: end - start))
      start = end
    }
    return sd_journal_sendv(&vectors, Int32(vectors.count))
  }
}
