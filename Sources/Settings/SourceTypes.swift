internal import Host
internal import Yams

// The types of the keys for a source's origin.

extension SettingType where Value == [String] {
  /// One or more paths or patterns; `null` if the lines come from another origin.
  static var files: Self {
    let files = Self.oneOrMore(.glob, count: 1...100)
    return Self(
      .anyOf([files.schema, .null]), show: { $0.isEmpty ? "null" : files.show($0) },
      read: { node, path, context in node.isNull ? [] : files.read(node, path, &context) })
  }
}

extension SettingType where Value == String {
  static var socket: Self {
    let path = SettingType.path
    let limit = LocalSocket.pathBytesMax
    return Self(path.schema, show: path.show) { node, keyPath, context in
      guard let text = path.read(node, keyPath, &context) else { return nil }
      if text.utf8.count <= limit { return text }
      context.report(
        of: keyPath, found: "a path of \(text.utf8.count) bytes",
        expected: "one of at most \(limit), as the kernel wants for a socket")
      return nil
    }
  }
}

extension SettingType where Value == UInt32 {
  static var fileMode: Self {
    Self(
      // Text, because some YAML parsers read such digits as octal and others as decimal.
      text: "a mode such as 0660", .scalar(limit: 4, pattern: "^[0-7]{3,4}$"),
      show: { "0" + String($0, radix: 8) },
      parse: { written, _ in
        guard (3...4).contains(written.utf8.count), let mode = UInt32(written, radix: 8),
          mode <= 0o777
        else { return nil }
        return mode
      })
  }
}

extension SettingType where Value == JournalSelection {
  /// `{ unit: nginx.service, _UID: [33, 1000], directory: /var/log/journal/remote }`
  static var journal: Self {
    let values = SettingType<[String]>.oneOrMore(
      .text(limit: 1_024, "the value of a field"), count: 1...100)
    return Self(
      .object(
        [
          ("unit", values.schema), ("identifier", values.schema),
          ("directory", SettingType<String>.path.schema),
        ],
        matching: ("^[A-Z_][A-Z0-9_]{0,63}$", values.schema)),
      show: { selection in
        let matches = selection.matches.map { "\($0.field): \(values.show($0.values))" }
        let directory = selection.directory.map { ["directory: \(yaml($0))"] } ?? []
        return "{ \((matches + directory).joined(separator: ", ")) }"
      },
      read: { node, path, context in
        guard case .mapping(let mapping) = node, mapping.count <= 64 else {
          context.report(
            of: path, found: node.found,
            expected: "fields and their values, such as { unit: nginx.service }")
          return nil
        }
        var selection = JournalSelection()
        for (keyNode, value) in mapping {
          if context.reportIfRepeated(keyNode, in: mapping, of: path) { continue }
          let key = keyNode.scalar?.string ?? ""
          context.note(value, at: "\(path).\(key)")
          if key == "directory" {
            selection.directory = SettingType<String>.path.read(value, "\(path).\(key)", &context)
          } else if let field = fieldName(key) {
            let read = values.read(value, "\(path).\(key)", &context) ?? []
            selection.matches.append(.init(field: field, values: read))
          } else {
            context.report(
              at: keyNode, of: path, found: keyNode.found,
              expected: "unit, identifier, directory or a field of the journal, such as _UID")
          }
        }
        return selection
      })
  }

  private static func fieldName(_ key: String) -> String? {
    switch key {
    case "unit": return "_SYSTEMD_UNIT"
    case "identifier": return "SYSLOG_IDENTIFIER"
    default:
      let isName = key.utf8.allSatisfy {
        (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
      }
      return isName && (1...64).contains(key.utf8.count) && !(key.first?.isNumber ?? true)
        ? key : nil
    }
  }
}
