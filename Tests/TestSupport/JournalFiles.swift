package import Foundation
import Glibc

/// Real journal files in a directory, written by systemd's own program.
package struct JournalFiles {
  package struct Entry: Sendable {
    package var message: String?
    package var unit: String
    package var identifier: String
    /// The machine's ID, as the hexadecimal digit that it repeats.
    package var machine: Character
    /// Of one line each; a name may come twice.
    package var others: [(name: String, value: String)]

    package init(
      message: String? = nil, unit: String = "a.service", identifier: String = "app",
      machine: Character = "1", others: [(name: String, value: String)] = []
    ) {
      self.message = message
      self.unit = unit
      self.identifier = identifier
      self.machine = machine
      self.others = others
    }
  }

  private static let writer = "/usr/lib/systemd/systemd-journal-remote"
  package static let isAvailable = access(writer, X_OK) == 0

  package let folder: URL

  package init(in folder: URL) {
    self.folder = folder
  }

  package var directory: String { folder.appending(path: "journal").path }
  package func path(_ file: String) -> String { "\(directory)/\(file)" }

  /// Appends entries, each a second after the one before.
  ///
  /// - Parameter second: Of the first, since the beginning of 2026.
  package func append(
    _ entries: [Entry], from second: Int, to file: String = "remote.journal"
  ) throws {
    var text = Data()
    for (number, entry) in entries.enumerated() {
      text += Data(Self.exported(entry, second: second + number))
    }
    let export = folder.appending(path: "export")
    try text.write(to: export)
    let result = try ChildProcess.run([Self.writer, "-o", path(file), export.path])
    guard result.status == 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  /// - Source: systemd, "Journal Export Format".
  private static func exported(_ entry: Entry, second: Int) -> [UInt8] {
    var lines = Array(
      """
      __REALTIME_TIMESTAMP=\((1_767_225_600 + second) * 1_000_000)
      __MONOTONIC_TIMESTAMP=\(second * 1_000_000)
      _BOOT_ID=\(String(repeating: entry.machine, count: 32))
      _MACHINE_ID=\(String(repeating: entry.machine, count: 32))
      _SYSTEMD_UNIT=\(entry.unit)
      SYSLOG_IDENTIFIER=\(entry.identifier)

      """.utf8)
    for (name, value) in entry.others { lines += Array("\(name)=\(value)\n".utf8) }
    if let message = entry.message?.utf8 {
      // The message is written with its length, as values with line breaks must be.
      lines += Array("MESSAGE\n".utf8)
      withUnsafeBytes(of: UInt64(message.count).littleEndian) { lines += Array($0) }
      lines += Array(message) + [UInt8(ascii: "\n")]
    }
    return lines + [UInt8(ascii: "\n")]
  }
}
