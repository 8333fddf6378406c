package import Foundation

/// A temporary folder for a test, deleted with the last reference to it.
package final class TemporaryFolder: Sendable {
  package let url: URL

  package init() throws {
    // Short, because the addresses of sockets and Podman's `--runroot` are limited.
    let name = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    url = URL(filePath: NSTemporaryDirectory()).appending(path: "harbinger-test-\(name)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    // An error is ignored: what remains is in the system's temporary folder.
    try? FileManager.default.removeItem(at: url)
  }

  package func path(_ name: String) -> String { url.appending(path: name).path }

  package func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: url.appending(path: name))
  }
}
