import Foundation
import TestSupport

/// A file of `deploy/examples`, by its path below that folder.
struct Example: CustomStringConvertible, Sendable {
  let description: String

  var url: URL { Self.folder.appending(path: description) }
  var isProgram: Bool { FileManager.default.isExecutableFile(atPath: url.path) }
  /// Whether it is a whole settings file of harbinger.
  var isSettings: Bool { (try? text.firstMatch(of: /^sources:$/.anchorsMatchLineEndings())) != nil }
  var text: String { get throws { try String(contentsOf: url, encoding: .utf8) } }

  static let folder = Checkout.root.appending(path: "deploy/examples")
  static let all: [Example] = {
    let manager = FileManager.default
    let names = manager.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return names.sorted().map { Example($0) }.filter { example in
      var isFolder = ObjCBool(false)
      return manager.fileExists(atPath: example.url.path, isDirectory: &isFolder)
        && !isFolder.boolValue
    }
  }()

  init(_ name: String) { description = name }

  /// What it says of itself: the lines of the comment that it begins with, without its marks.
  var comment: [String] {
    get throws {
      let lines = try text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      let body = lines.first?.hasPrefix("#!") == true ? lines.dropFirst() : lines[...]
      let marks = ["#", "//", "/*", " *"]
      return body.prefix { line in marks.contains(where: line.hasPrefix) }.map { line in
        let mark = marks.first(where: line.hasPrefix) ?? ""
        return String(line.dropFirst(mark.count + (line == mark ? 0 : 1)))
      }
    }
  }

  /// The parts of settings that its comment gives, each as a text of its own.
  var settingsInComment: [String] {
    get throws {
      var parts: [String] = []
      for line in try comment {
        if line == "  alert:" {
          parts.append("alert:\n")
        } else if line.hasPrefix("    "), let part = parts.popLast() {
          parts.append(part + line.dropFirst(2) + "\n")
        }
      }
      return parts
    }
  }
}

/// The settings of a real HAProxy that answers by itself, and logs as its example says.
func haproxySettings(log: String, port: Int) -> String {
  """
  global
    log \(log) local0
  defaults
    mode http
    log global
    option httplog
    timeout client 5s
    timeout server 5s
    timeout connect 5s
  frontend web
    bind 127.0.0.1:\(port)
    default_backend site
  backend site
    http-request return status 200 content-type text/plain string ok

  """
}

/// Names that a stranger could choose, to hurt whoever passes them on without care.
enum HostileName {
  static let all = [
    #"web:/$(touch owned)`touch owned`;touch owned"'\"#,
    "web:/<!channel> & <b>x</b> <http://example.org|click>",
    "web:/\r\nBcc: victim@example.org\r\n\r\n\u{1B}[31mred|0;1",
    "123", "-o", "web:/\u{202E}gpj.exe/+/#", "@/etc/passwd",
  ]
}
