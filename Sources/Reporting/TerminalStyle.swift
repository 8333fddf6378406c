internal import Foundation
internal import Glibc
internal import Records

/// What the reader of our output can see: a person at a terminal, a pipe, a file.
package struct TerminalStyle: Equatable, Sendable {
  package enum Color: Int, Sendable {
    case red = 31
    case green = 32
    case yellow = 33
    case gray = 90
  }

  package var isTerminal = false
  package var hasColor = false
  package var isUTF8 = true
  /// The width in characters: of a terminal its own, elsewhere what `COLUMNS` says.
  package var columns = 80

  /// Sentences are broken where the line ends; where a program reads they are not.
  package var breaksSentences = true

  package init() {}

  /// - Parameters:
  ///   - environment: `LC_ALL`, `LC_CTYPE` and `LANG` tell the encoding; `NO_COLOR` (no-color.org) and
  ///     `TERM=dumb` forbid colours.
  ///   - columns: How wide the terminal is, if it is one; pipes get `COLUMNS`, or 80.
  package init(environment: [String: String], isTerminal: Bool, columns: Int?) {
    func value(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    self.isTerminal = isTerminal && value("TERM") != "dumb"
    hasColor = self.isTerminal && value("NO_COLOR") == nil
    let locale = (value("LC_ALL") ?? value("LC_CTYPE") ?? value("LANG") ?? "C").lowercased()
    isUTF8 = locale.hasSuffix("utf-8") || locale.hasSuffix("utf8")
    breaksSentences = isTerminal || value("COLUMNS") != nil
    let width = isTerminal ? columns : value("COLUMNS").flatMap { Int($0) }
    if let width, width > 0 { self.columns = min(width, 1_000) }
  }

  package static var standardOutput: TerminalStyle { TerminalStyle(descriptor: STDOUT_FILENO) }
  package static var standardError: TerminalStyle { TerminalStyle(descriptor: STDERR_FILENO) }

  private init(descriptor: Int32) {
    var size = winsize()
    let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
    self.init(
      environment: ProcessInfo.processInfo.environment, isTerminal: isatty(descriptor) == 1,
      columns: isKnown ? Int(size.ws_col) : nil)
  }

  package func colored(_ text: String, _ color: Color?) -> String {
    guard hasColor, let color else { return text }
    return "\u{1b}[\(color.rawValue)m\(text)\u{1b}[0m"
  }

  /// A sentence as lines that fit, broken between words; what is set in stays so, and the lines after the first are
  /// set in by two more.
  ///
  /// - Parameter text: Escaped already.
  package func wrapped(_ text: String) -> [String] {
    let text = encoded(text)
    guard breaksSentences else { return [text] }
    let indent = String(text.prefix { $0 == " " })
    var lines: [String] = []
    var line = ""
    for word in text.dropFirst(indent.count).split(separator: " ", omittingEmptySubsequences: false)
    {
      if line.isEmpty {
        line = indent + word
      } else if line.count + 1 + word.count <= columns {
        line += " " + word
      } else {
        lines.append(line)
        line = indent + "  " + word
      }
    }
    return lines + [line]
  }

  /// Text from anywhere, made safe to show: escaped, and in ASCII where there is nothing else.
  ///
  /// - Parameter limit: Of bytes.
  package func shown(_ text: String, limit: Int) -> String {
    encoded(String(escapedForDisplay: text, limit: limit))
  }

  /// What we write ourselves beyond ASCII, minus signs and dashes above all.
  private static let inASCII: [Unicode.Scalar: String] = [
    "…": "...", "−": "-", "–": "-", "·": ".", "×": "x", "÷": "/",
  ]

  /// Text that is escaped already, in ASCII where there is nothing else.
  package func encoded(_ escaped: String) -> String {
    if isUTF8 { return escaped }
    return escaped.unicodeScalars.map { scalar in
      scalar.isASCII ? String(scalar) : Self.inASCII[scalar] ?? "?"
    }.joined()
  }
}

extension String {
  /// Filled up with blanks to a width in characters.
  package func padded(to width: Int, right: Bool = false) -> String {
    let blanks = String(repeating: " ", count: max(0, width - count))
    return right ? blanks + self : self + blanks
  }
}
