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

  /// Goal: a program that is built is packaged where there is no Swift. Method: a `swift` that only notes that it was asked.
  @Test(.enabled(if: SystemdTestbed.has("dpkg-deb"), "needs dpkg-dev"))
  func aBuiltProgramIsPackagedWithoutSwift() throws {
    let folder = try TemporaryFolder()
    try folder.write("#!/bin/sh\ntouch '\(folder.path("asked"))'\nexit 1\n", to: "swift")
    let made = try SystemdTestbed.run([
      "/usr/bin/env", "-i", "HOME=\(folder.url.path)",
      "PATH=\(folder.url.path):/usr/sbin:/usr/bin:/sbin:/bin", "/bin/sh", "-c",
      """
      chmod +x '\(folder.path("swift"))'
      '\(Checkout.root.path)/deploy/package' --binary '\(SystemdTestbed.binary)' --version 1.0 \
        --into '\(folder.path("made"))' 2>&1
      """,
    ])
    #expect(made.status == 0, "\(made.text)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("asked")))
    // Whoever packages a program that needs a toolchain where it runs is told.
    #expect(made.text.contains("needs Swift on each machine where it runs"))
    let checked = try SystemdTestbed.run([
      "/bin/sh", "-c", "cd '\(folder.path("made"))' && sha256sum --check --strict SHA256SUMS",
    ])
    #expect(checked.status == 0 && checked.text.split(separator: "\n").count == 2)
    let archive = try SystemdTestbed.run([
      "/bin/sh", "-c", "tar -tzf '\(folder.path("made"))'/harbinger_1.0_*.tar.gz",
    ])
    #expect(archive.text.contains("/usr/local/bin/harbinger\n"), "\(archive.text)")
  }
}
