internal import Records

/// How far a long piece of work has come: a bar that is redrawn on a terminal, a line now and then elsewhere.
package struct ProgressDisplay {
  private static let redrawSeconds = 0.1
  private static let lineSeconds = 10.0
  private static let barWidth = 24

  private let style: TerminalStyle
  private let write: (String) -> Void
  private var shownAtSeconds = -Double.infinity
  private var isDrawn = false

  /// - Parameter write: Puts text out as it is, at once.
  package init(_ style: TerminalStyle, write: @escaping (String) -> Void) {
    self.style = style
    self.write = write
  }

  /// Shows it, unless something was shown just now.
  ///
  /// - Parameters:
  ///   - fraction: 0…1; nil where it is not known.
  ///   - nowSeconds: On any clock that does not go back.
  package mutating func update(_ text: String, fraction: Double?, nowSeconds: Double) {
    let pause = style.isTerminal ? Self.redrawSeconds : Self.lineSeconds
    // What is done sooner needs no line of its own.
    if !style.isTerminal, shownAtSeconds == -.infinity { shownAtSeconds = nowSeconds }
    guard nowSeconds - shownAtSeconds >= pause else { return }
    shownAtSeconds = nowSeconds
    let percent = fraction.map { "\(Int((Self.clamped($0) * 100).rounded(.down)))%" }
    let text = style.shown(text, limit: 200)
    if style.isTerminal {
      isDrawn = true
      let head = [percent?.padded(to: 4, right: true), fraction.map(bar), text].compactMap(\.self)
      // One column stays free: a full line would wrap, and could not be redrawn.
      write("\r\u{1b}[K" + String(head.joined(separator: " ").prefix(style.columns - 1)))
    } else {
      write([text, percent].compactMap(\.self).joined(separator: " ") + "\n")
    }
  }

  /// Puts a line that stays; on a terminal in the place of the bar, and the next `update` is shown at once.
  package mutating func finish(_ text: String) {
    let lines = style.wrapped(String(escapedForDisplay: text, limit: 500))
    write((isDrawn ? "\r\u{1b}[K" : "") + lines.joined(separator: "\n") + "\n")
    isDrawn = false
    if style.isTerminal { shownAtSeconds = -.infinity }
  }

  private func bar(_ fraction: Double) -> String {
    let full = Int((Self.clamped(fraction) * Double(Self.barWidth)).rounded(.down))
    let rest = Self.barWidth - full
    return style.isUTF8
      ? String(repeating: "█", count: full) + String(repeating: "░", count: rest)
      : "[" + String(repeating: "#", count: full) + String(repeating: ".", count: rest) + "]"
  }

  private static func clamped(_ fraction: Double) -> Double {
    fraction > 0 ? min(fraction, 1) : 0
  }
}
