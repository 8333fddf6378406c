import Foundation
import TestSupport

/// The Swift files under `Sources`, by target.
enum SourceTree {
  struct File: CustomStringConvertible, Sendable {
    let target: String
    let path: String
    let lines: [String]

    var description: String { path }

    /// The lines without comments and texts, which may speak of anything.
    let code: [String]

    init(target: String, path: String, text: String) {
      self.target = target
      self.path = path
      lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      code = lines.map(Self.code(of:))
    }

    private static func code(of line: String) -> String {
      var code = ""
      var isText = false
      var previous: Character = " "
      for character in line {
        if character == "/", previous == "/", !isText { return String(code.dropLast()) }
        if character == "\"", previous != "\\" { isText.toggle() }
        if !isText { code.append(character) }
        previous = character
      }
      return code
    }

    /// The modules it imports, whatever stands before `import`.
    var imports: [String] {
      code.compactMap { line in
        let words = line.split(separator: " ")
        guard let keyword = words.firstIndex(of: "import"), keyword + 1 < words.count,
          words[..<keyword].allSatisfy({ Self.modifiers.contains($0) || $0.hasPrefix("@") })
        else { return nil }
        // `import struct Module.Name` names what it takes, and from where.
        return words[words.count - 1].split(separator: ".").first.map(String.init)
      }
    }

    private static let modifiers: Set<Substring> = [
      "public", "package", "internal", "fileprivate", "private",
    ]
  }

  static let root = Checkout.root.appending(path: "Sources")

  static let targets: [String] = entries(of: root)

  static let swiftFiles: [File] = files(withSuffix: ".swift")

  static func files(withSuffix suffix: String, under folder: URL = root) -> [File] {
    let base = Checkout.root.path + "/"
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    return (names ?? []).filter { $0.hasSuffix(suffix) }.sorted().compactMap { name in
      let url = folder.appending(path: name)
      guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
      let path = String(url.path.dropFirst(base.count))
      return File(target: String(name.prefix { $0 != "/" }), path: path, text: text)
    }
  }

  static func entries(of folder: URL) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted()
  }
}
