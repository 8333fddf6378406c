/// A JSON value whose members keep their order.
enum JSONValue: ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// A number, a Boolean or `null`, as written.
  case literal(String)
  case text(String)
  case list([JSONValue])
  case object([(name: String, value: JSONValue)])

  init(stringLiteral text: String) { self = .text(text) }

  init(arrayLiteral values: JSONValue...) { self = .list(values) }

  init(dictionaryLiteral members: (String, JSONValue)...) {
    self = .object(members.map { ($0, $1) })
  }

  /// The JSON text. A value that fits within 100 columns is on one line.
  ///
  /// - Parameter column: The indentation of the text, in columns.
  func text(column: Int = 0) -> String {
    let line = onOneLine
    if column + line.utf8.count <= 100 { return line }
    func block(_ open: String, _ close: String, _ lines: [String]) -> String {
      let margin = String(repeating: " ", count: column)
      let inner = lines.map { "\(margin)  \($0)" }.joined(separator: ",\n")
      return "\(open)\n\(inner)\n\(margin)\(close)"
    }
    switch self {
    case .literal, .text: return line
    case .list(let values): return block("[", "]", values.map { $0.text(column: column + 2) })
    case .object(let members):
      return block(
        "{", "}", members.map { "\(Self.quoted($0.name)): \($0.value.text(column: column + 2))" })
    }
  }

  private var onOneLine: String {
    switch self {
    case .literal(let text): return text
    case .text(let text): return Self.quoted(text)
    case .list(let values): return "[\(values.map(\.onOneLine).joined(separator: ", "))]"
    case .object(let members):
      let inner = members.map { "\(Self.quoted($0.name)): \($0.value.onOneLine)" }
      return "{ \(inner.joined(separator: ", ")) }"
    }
  }

  /// Quotes a text of the settings reference, which has no control characters.
  private static func quoted(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }
}
