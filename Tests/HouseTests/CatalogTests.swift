import Foundation
import TestSupport
import Testing

/// The documentation catalogue and the README.
struct CatalogTests {
  private static let catalog = SourceTree.root.appending(path: "harbinger/Documentation.docc")
  private static let readme = Checkout.root.appending(path: "README.md")

  /// The compiler of documentation comes with the toolchain, beside `swift`.
  private static let compiler: URL? = {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.map { URL(filePath: "\($0)/docc") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  @Test(.enabled(if: compiler != nil, "needs docc, which is part of the toolchain"))
  func catalogCompilesWithoutWarnings() throws {
    let folder = try TemporaryFolder()
    let result = try ChildProcess.run(
      [
        try #require(Self.compiler).path, "convert", Self.catalog.path, "--warnings-as-errors",
        "--output-path", folder.path("harbinger.doccarchive"), "--fallback-display-name",
        "harbinger", "--fallback-bundle-identifier", "harbinger",
      ], mergesErrors: true)
    #expect(result.status == 0, "\(result.output)")
    #expect(!result.output.contains("warning:"), "\(result.output)")
  }

  @Test func startPageListsEveryPage() throws {
    let start = try String(
      contentsOf: Self.catalog.appending(path: "harbinger.md"), encoding: .utf8)
    let pages = SourceTree.entries(of: Self.catalog)
      .filter { $0.hasSuffix(".md") && $0 != "harbinger.md" }
    #expect(!pages.isEmpty)
    #expect(pages.filter { !start.contains("- <doc:\($0.dropLast(3))>") } == [])
  }

  @Test func readmeIsShort() throws {
    let text = try String(contentsOf: Self.readme, encoding: .utf8)
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count - 1 <= 130)
  }

  @Test func linksOfTheReadmeLeadToFiles() throws {
    let text = try String(contentsOf: Self.readme, encoding: .utf8)
    let targets = text.matches(of: /\]\(([^)]+)\)/).map { String($0.1) }
      .filter { !$0.hasPrefix("https://") }
    #expect(!targets.isEmpty)
    let missing = targets.filter {
      !FileManager.default.fileExists(atPath: Checkout.root.appending(path: $0).path)
    }
    #expect(missing == [])
  }

  /// So it compiles, and what tests it tests the page.
  @Test func codeOfThePagesIsPartOfTheTree() {
    let texts = [SourceTree.root, Checkout.root.appending(path: "Tests")]
      .flatMap { SourceTree.files(withSuffix: ".swift", under: $0) }
      .map { $0.lines.joined(separator: "\n") }
    for page in DocumentationPage.all {
      for case .code(let code) in page.blocks {
        #expect(texts.contains { $0.contains(code) }, "\(page): \(code)")
      }
    }
  }

  @Test func architectureListsEveryTargetOfTheProgram() throws {
    let page = try String(
      contentsOf: Self.catalog.appending(path: "Architecture.md"), encoding: .utf8)
    let ownTools: Set = ["Benchmark", "Pretraining", "Torture", "CProcessorLimits"]
    let targets = SourceTree.targets.filter { !ownTools.contains($0) && !$0.hasPrefix("C") }
    #expect(targets.filter { !page.contains("| `\($0)` |") } == [])
  }
}
