package import Foundation

/// A folder of a test's own, gone when the test lets go of it.
package final class TemporaryFolder: Sendable {
  package let url: URL

  package init() throws {
    url = URL(filePath: NSTemporaryDirectory()).appending(path: "harbinger-test-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    // Nobody is waiting for the answer, and what stays behind is in the temporary folder.
    try? FileManager.default.removeItem(at: url)
  }

  package func path(_ name: String) -> String { url.appending(path: name).path }

  package func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: url.appending(path: name))
  }
}
