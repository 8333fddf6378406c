import Foundation
import TestSupport
import Testing

@Suite struct PackageTests {
  @Test(
    .enabled(if: SystemdTestbed.has("dpkg-deb") && SystemdTestbed.has("lintian"), "needs lintian"))
  func lintianFindsNothingInThePackage() throws {
    let folder = try TemporaryFolder()
    let package = try SystemdTestbed.package(version: "1.0", into: folder)
    let result = try SystemdTestbed.run([
      // The program that is tested looks for Swift's libraries where the toolchain has them; the one that is
      // packaged has them inside.
      "/usr/bin/env", "lintian", "--allow-root", "--fail-on", "error,warning", "--suppress-tags",
      "custom-library-search-path", package.path,
    ])
    #expect(result.status == 0, "\(result.text)")
  }
}
