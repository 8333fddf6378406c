import Foundation
import TestSupport
import Testing

@Test func topLevelHoldsOnlyWhatBelongsThere() {
  let visible = SourceTree.entries(of: Checkout.root).filter { !$0.hasPrefix(".") }
  let allowed: Set = [
    "Package.swift", "Package.resolved", "Sources", "Tests", "deploy", "findings", "README.md",
  ]
  #expect(Set(visible).subtracting(allowed).sorted() == [])
}

@Test func noFileIsLongerThan400Lines() {
  let folders = [SourceTree.root, Checkout.root.appending(path: "Tests")]
  for folder in folders {
    for suffix in [".swift", ".c", ".h"] {
      for file in SourceTree.files(withSuffix: suffix, under: folder) {
        #expect(file.lines.count <= 401, "\(file.path)")
      }
    }
  }
}

@Test(arguments: ["TODO", "FIXME", "XXX"])
func nothingIsLeftToDoLater(note: String) {
  #expect(
    places {
      $0.lines
    } where: {
      $0.contains(note)
    } == [])
}

@Test func nothingIsPublic() {
  #expect(
    places {
      $0.code
    } where: {
      $0.contains("public ")
    } == [])
}

/// A path of the machine it was written on would be of no use on any other.
@Test(arguments: ["/Users/", "/home/", "/root/"])
func noPathOfADevelopersMachine(path: String) {
  #expect(
    places {
      $0.lines
    } where: {
      $0.contains(path)
    } == [])
}

/// Files and line numbers.
private func places(
  _ lines: (SourceTree.File) -> [String], where isWrong: (String) -> Bool
) -> [String] {
  SourceTree.swiftFiles.flatMap { file in
    lines(file).enumerated().filter { isWrong($0.element) }.map { "\(file.path):\($0.offset + 1)" }
  }
}

@Test(arguments: ["deploy", "findings"])
func scriptsAreExecutable(folder: String) {
  let folder = Checkout.root.appending(path: folder)
  for name in SourceTree.entries(of: folder) {
    let url = folder.appending(path: name)
    guard let text = try? String(contentsOf: url, encoding: .utf8), text.hasPrefix("#!") else {
      continue
    }
    #expect(FileManager.default.isExecutableFile(atPath: url.path), "\(url.path)")
  }
}

@Test func theScriptOfCIIsExecutable() {
  #expect(
    FileManager.default.isExecutableFile(atPath: Checkout.root.appending(path: ".ci/run").path))
}
