import Reporting

/// Help as the reader can see it. The library that makes it breaks its sentences, but not the line of usage, and takes
/// every terminal for one of UTF-8.
struct HelpText {
  let text: String

  /// - Parameter message: As the library has it.
  /// - Returns: Nil for what is no help, such as a version or a script for completions.
  init?(_ message: String, _ style: TerminalStyle) {
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.contains(where: { $0.hasPrefix("USAGE: ") }) else { return nil }
    text = lines.flatMap { line in
      line.hasPrefix("USAGE: ") && style.breaksSentences
        ? Self.broken(line, columns: style.columns) : [String(line)]
    }.map(style.encoded).joined(separator: "\n")
  }

  /// Between options, none of which is torn from its value.
  private static func broken(_ usage: Substring, columns: Int) -> [String] {
    var parts: [String] = []
    var isOpen = false
    for word in usage.split(separator: " ") {
      if isOpen, let last = parts.popLast() {
        parts.append(last + " " + word)
      } else {
        parts.append(String(word))
      }
      if word.hasPrefix("[") { isOpen = true }
      if word.hasSuffix("]") { isOpen = false }
    }
    var lines: [String] = []
    var line = ""
    for part in parts {
      if line.isEmpty {
        line = part
      } else if line.count + 1 + part.count <= columns {
        line += " " + part
      } else {
        lines.append(line)
        line = "  " + part
      }
    }
    return lines + [line]
  }
}
