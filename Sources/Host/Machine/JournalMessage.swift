/// One journal entry: a text that starts with constant words, and the facts in fields.
package struct JournalMessage: Sendable {
  /// As in syslog.
  package enum Priority: Int, Comparable, Sendable {
    case critical = 2
    case error = 3
    case warning = 4
    case notice = 5
    case info = 6
    case debug = 7

    /// More urgent priorities are greater.
    package static func < (a: Priority, b: Priority) -> Bool { a.rawValue > b.rawValue }
  }

  /// A field with a constant name and an untrusted value.
  package struct Field: Sendable {
    /// The most bytes of a value that are sent.
    package static let valueBytesMax = 4_096

    package let name: String
    /// Any bytes, at most `valueBytesMax`.
    package let value: [UInt8]

    /// - Parameter name: Capital letters, digits and underscores, at most 64, a letter first. It must be a literal, so
    ///   it cannot come from a log line.
    /// - Parameter value: Any bytes; cut at `valueBytesMax`, not within a character.
    package init(_ name: StaticString, _ value: some Collection<UInt8>) {
      self.name = "\(name)"
      precondition(
        Self.isName(self.name), "\(name) is no name of a journal field (A-Z, 0-9, _; at most 64)")
      self.value = Self.cut(value)
    }

    package init(_ name: StaticString, _ value: String) { self.init(name, value.utf8) }
    package init(_ name: StaticString, _ value: Int) { self.init(name, String(value)) }

    /// Whether journald accepts it as a field name: capital letters, digits and underscores, at most 64, a letter
    /// first.
    package static func isName(_ name: String) -> Bool {
      name.utf8.count <= 64 && name.utf8.first.map { (0x41...0x5A).contains($0) } == true
        && name.utf8.allSatisfy {
          (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
        }
    }

    private static func cut(_ value: some Collection<UInt8>) -> [UInt8] {
      guard value.count > valueBytesMax else { return Array(value) }
      let kept = Array(value.prefix(valueBytesMax + 1))
      // Step back over continuation bytes; a character has at most three.
      var end = valueBytesMax
      while end > valueBytesMax - 3, kept[end] & 0xC0 == 0x80 { end -= 1 }
      return Array(kept[..<end])
    }
  }

  package var id: MessageID?
  package var priority: Priority
  package var text: String
  package var fields: [Field]

  /// The place in the source code: `CODE_FILE`, `CODE_LINE`, `CODE_FUNC`.
  package let file: String
  package let line: Int
  package let function: String

  package init(
    _ text: String, priority: Priority, id: MessageID? = nil, fields: [Field] = [],
    file: String = #fileID, line: Int = #line, function: String = #function
  ) {
    self.id = id
    self.priority = priority
    self.text = text
    self.fields = fields
    self.file = file
    self.line = line
    self.function = function
  }

  /// All fields of the entry, in order.
  package var allFields: [Field] {
    var all = [
      Field("MESSAGE", text), Field("PRIORITY", priority.rawValue),
      Field("SYSLOG_IDENTIFIER", "harbinger"),
    ]
    if let id { all.append(Field("MESSAGE_ID", id.rawValue)) }
    all += [Field("CODE_FILE", file), Field("CODE_LINE", line), Field("CODE_FUNC", function)]
    return all + fields
  }
}
