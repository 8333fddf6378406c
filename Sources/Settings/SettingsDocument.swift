internal import Records
internal import Yams

/// The node tree of a YAML file, of bounded size and depth, and without aliases.
struct SettingsDocument {
  /// A key that occurs twice in its section. The first was renamed: `marker` replaces its first character.
  struct RepeatedKey {
    let name: String
    let marker: Unicode.Scalar
    let place: SettingsProblem.Place
  }

  /// The parser rejects a file with a repeated key. To report other problems as well, we rename the first of the two
  /// keys and parse again, at most so often.
  private static let repeatedKeysMax = 20
  /// A file with more possible aliases is rejected, because nested aliases can expand without limit. (Occurrences in
  /// comments and quotes are counted, too, and are no aliases.)
  private static let aliasesMax = 12

  let root: Node
  private(set) var repeatedKeys: [RepeatedKey] = []

  init(_ bytes: [UInt8], file: String) throws(SettingsProblem) {
    func refuse(_ place: SettingsProblem.Place?, _ found: String, _ expected: String)
      -> SettingsProblem
    {
      SettingsProblem(
        file: file, place: place, key: nil, found: found, expected: expected)
    }
    guard bytes.count <= SettingsReader.fileBytesMax else {
      throw refuse(nil, "a longer file", "at most \(SettingsReader.fileBytesMax) bytes")
    }
    for (index, line) in bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated()
    where String(validating: line, as: UTF8.self) == nil {
      throw refuse(
        .init(line: index + 1, column: 1), "bytes that are not UTF-8", "a text in UTF-8")
    }
    var scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    if scalars.first == "\u{feff}" { scalars.removeFirst() }
    guard Self.aliasCount(scalars) <= Self.aliasesMax else {
      throw refuse(nil, "many aliases", "none: what is meant is written out")
    }
    while true {
      do {
        let parser = try Parser(yaml: String(String.UnicodeScalarView(scalars)))
        let root = try parser.singleRoot() ?? Node("", .implicit, .plain)
        // A node's anchor is only valid while the parser exists.
        let anchored = withExtendedLifetime(parser) { Self.firstAnchored(in: root) }
        if let anchored {
          throw refuse(anchored.place, "an anchor", "none: what is meant is written out")
        }
        self.root = root
        return
      } catch YamlError.duplicatedKeysInMapping(let names, let context)
        where repeatedKeys.count < Self.repeatedKeysMax
      {
        guard let name = names.first,
          let index = Self.index(of: name, at: context.mark.place, in: scalars)
        else { throw refuse(context.mark.place, "a key twice", "every key once in its section") }
        let marker = Unicode.Scalar(0xE000 + UInt32(repeatedKeys.count))!
        scalars[index] = marker
        repeatedKeys.append(RepeatedKey(name: name, marker: marker, place: context.mark.place))
      } catch let problem as SettingsProblem {
        throw problem
      } catch let error as YamlError {
        throw refuse(error.place, "what is not YAML (\(error.reason))", "YAML")
      } catch {
        throw refuse(nil, "'\(error)'", "YAML")
      }
    }
  }

  /// Searches in the order of the text, so that an anchor is found before its aliases.
  private static func firstAnchored(in node: Node) -> Node? {
    if node.anchor != nil { return node }
    switch node {
    case .scalar, .alias: return nil
    case .sequence(let nodes):
      for node in nodes { if let found = firstAnchored(in: node) { return found } }
    case .mapping(let pairs):
      for (key, value) in pairs {
        if let found = firstAnchored(in: key) ?? firstAnchored(in: value) { return found }
      }
    }
    return nil
  }

  /// An upper bound for the number of aliases in the text.
  private static func aliasCount(_ scalars: [Unicode.Scalar]) -> Int {
    let before: Set<Unicode.Scalar> = [
      " ", "\t", "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}", "[", "{", ",", ":",
    ]
    return scalars.indices.count { index in
      scalars[index] == "*" && (index == 0 || before.contains(scalars[index - 1]))
        && index + 1 < scalars.count
        && (scalars[index + 1].properties.isAlphabetic
          || scalars[index + 1].properties.numericType != nil || scalars[index + 1] == "_"
          || scalars[index + 1] == "-")
    }
  }

  /// The index of the first character of a key, after its quote.
  private static func index(
    of name: String, at place: SettingsProblem.Place, in scalars: [Unicode.Scalar]
  ) -> Int? {
    var line = 1
    var column = 1
    var start: Int?
    for index in scalars.indices {
      if line == place.line, column == place.column {
        start = index
        break
      }
      switch scalars[index] {
      case "\r" where index + 1 < scalars.count && scalars[index + 1] == "\n": break
      case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
        line += 1
        column = 1
      default: column += 1
      }
    }
    guard var start else { return nil }
    if scalars[start] == "\"" || scalars[start] == "'" { start += 1 }
    return start < scalars.count && scalars[start] == name.unicodeScalars.first ? start : nil
  }
}

extension Mark {
  var place: SettingsProblem.Place { .init(line: line, column: column) }
}

extension Node {
  package var place: SettingsProblem.Place? { mark?.place }
}

extension YamlError {
  fileprivate var place: SettingsProblem.Place? {
    switch self {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      return mark.place
    case .duplicatedKeysInMapping(_, let context): return context.mark.place
    case .reader(_, let offset?, _, let yaml):
      let before = yaml.prefix(offset)
      let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
      return .init(line: lines.count, column: (lines.last?.unicodeScalars.count ?? 0) + 1)
    default: return nil
    }
  }

  fileprivate var reason: String {
    switch self {
    case .scanner(let context, let problem, _, _), .parser(let context, let problem, _, _),
      .composer(let context, let problem, _, _):
      context.map { "\(problem) \($0.text)" } ?? problem
    case .reader(let problem, _, _, _): problem
    case .duplicatedKeysInMapping: "many repeated keys"
    default: String(escapedForDisplay: "\(self)", limit: 200)
    }
  }
}
