import Foundation

/// A page of the documentation: its settings and its commands, in their order.
///
/// A block fenced as `yaml` is a whole settings file. A block fenced as `console` is a session: a line that
/// begins with `$ ` is a command, the lines after it are what it prints. `…` stands for any text within a
/// line, and alone for any number of lines. A block fenced as `swift` is a part of a file under `Tests` or
/// `Sources`, so that it compiles.
package struct DocumentationPage: CustomStringConvertible, Sendable {
  package enum Block: Sendable {
    case settings(String)
    case session([Command])
    /// Swift, as it stands in a file of the tree.
    case code(String)
  }

  package struct Command: Sendable {
    package let text: String
    /// The lines shown after it; none if its output is not shown.
    package let output: [String]
  }

  package let description: String
  package let blocks: [Block]

  /// The README and the pages of the catalogue.
  package static let all: [DocumentationPage] = {
    let catalog = Checkout.root.appending(path: "Sources/harbinger/Documentation.docc")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: catalog.path)) ?? []
    let pages = names.filter { $0.hasSuffix(".md") }.sorted().map { catalog.appending(path: $0) }
    return ([Checkout.root.appending(path: "README.md")] + pages).compactMap { url in
      guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
      return DocumentationPage(name: url.lastPathComponent, text: text)
    }
  }()

  package init(name: String, text: String) {
    description = name
    var blocks: [Block] = []
    var fence: String?
    var lines: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      guard line.hasPrefix("```") else {
        lines.append(line)
        continue
      }
      switch fence {
      case "yaml": blocks.append(.settings(lines.joined(separator: "\n") + "\n"))
      case "console": blocks.append(.session(Self.commands(lines)))
      case "swift": blocks.append(.code(lines.joined(separator: "\n")))
      default: break
      }
      fence = fence == nil ? String(line.dropFirst(3)) : nil
      lines = []
    }
    self.blocks = blocks
  }

  private static func commands(_ lines: [String]) -> [Command] {
    var commands: [Command] = []
    for line in lines {
      if line.hasPrefix("$ ") {
        commands.append(Command(text: String(line.dropFirst(2)), output: []))
      } else if let last = commands.popLast() {
        commands.append(Command(text: last.text, output: last.output + [line]))
      }
    }
    return commands
  }

  /// Whether lines are as they are shown.
  package static func lines(_ lines: ArraySlice<String>, areLike shown: ArraySlice<String>) -> Bool
  {
    guard let first = shown.first else { return lines.isEmpty }
    let rest = shown.dropFirst()
    if first == "…" {
      return (lines.startIndex...lines.endIndex).contains {
        Self.lines(lines[$0...], areLike: rest)
      }
    }
    guard let line = lines.first, Self.line(line, isLike: first) else { return false }
    return Self.lines(lines.dropFirst(), areLike: rest)
  }

  private static func line(_ line: String, isLike shown: String) -> Bool {
    let parts = shown.split(separator: "…", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return line == shown }
    guard let first = parts.first, let last = parts.last, line.hasPrefix(first),
      line.hasSuffix(last), line.count >= first.count + last.count
    else { return false }
    var rest = line.dropFirst(first.count).dropLast(last.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }
}
