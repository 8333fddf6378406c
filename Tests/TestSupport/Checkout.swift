package import Foundation

/// Where the tests find the checkout they were built from, and what lies beside it.
package enum Checkout {
  package static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Real logs and the systemd testbed; not part of the project, so a test that needs it is skipped,
  /// visibly, where it is absent.
  package static let shared = root.deletingLastPathComponent().appending(path: "shared")

  package static var hasShared: Bool {
    FileManager.default.fileExists(atPath: shared.appending(path: "data").path)
  }
}
