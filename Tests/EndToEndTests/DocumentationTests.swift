import Foundation
import Reporting
import Settings
import TestSupport
import Testing

/// How a command of the documentation is run.
private enum Place {
  /// In a folder of its own, with the built program as `harbinger`.
  case here
  /// On a machine with systemd and the installed service.
  case machine
  case nowhere(reason: String)

  /// By the beginning of a command; the longest counts.
  private static let places: [String: Place] = [
    "": .here,
    "systemctl": .machine,
    "journalctl": .machine,
    "harbinger status": .machine,
    "harbinger backup": .machine,
    "harbinger forecast": .machine,
    "harbinger forecast --state": .here,
    "harbinger alert-test": .machine,
    "harbinger check": .machine,
    "harbinger check harbinger.yaml": .here,
    "harbinger check bad.yaml": .here,
    "deploy/package": .nowhere(reason: "the tests of a first contact play it"),
    "apt-get": .nowhere(reason: "it is played with the package"),
    "curl": .machine,
    "harbinger init": .machine,
    "harbinger init --output": .here,
    "deploy/install": .machine,
    "deploy/quickstart /": .nowhere(reason: "its log is the reader's"),
    "deploy/test": .nowhere(reason: "it runs these tests"),
    "deploy/torture": .nowhere(reason: "it takes minutes; the tests of torture play a part of it"),
    "editor": .nowhere(reason: "it waits for a person"),
    "findings/": .nowhere(reason: "it installs packages from a registry"),
  ]

  init(_ command: DocumentationPage.Command) {
    let fitting = Self.places.keys.filter { command.text.hasPrefix($0) }
    self = Self.places[fitting.max { $0.count < $1.count } ?? ""] ?? .here
  }

  var isHere: Bool { if case .here = self { true } else { false } }
  var isMachine: Bool { if case .machine = self { true } else { false } }
}

/// Every command and every settings file that stands in the documentation.
struct DocumentationTests {
  @Test func documentationHasCommands() {
    #expect(DocumentationPage.all.count > 5)
    #expect(DocumentationPage.all.contains { page in page.blocks.contains { $0.isSession } })
  }

  @Test(arguments: DocumentationPage.all)
  func commandsPrintWhatIsShown(page: DocumentationPage) throws {
    let folder = try TemporaryFolder()
    let shell = try Shell(folder: folder)
    for block in page.blocks {
      switch block {
      case .code: break
      case .settings(let text):
        try folder.write(text, to: "harbinger.yaml")
        // Logs and units that it names are not on this machine; that is a warning only.
        let result = try shell.run("harbinger check --quiet harbinger.yaml")
        #expect(result.status == 0, "\(page): \(result.errors)")
      case .session(let commands):
        for (index, command) in commands.enumerated() where Place(command).isHere {
          let result = try shell.run(command.text)
          let asksForStatus = commands.dropFirst(index + 1).first?.text == "echo $?"
          #expect(
            result.status == 0 || asksForStatus,
            "\(page): `\(command.text)` ended with \(result.status): \(result.errors)")
          guard !command.output.isEmpty else { continue }
          let isLike = [result.output, result.errors].contains {
            DocumentationPage.lines($0[...], areLike: command.output[...])
          }
          #expect(
            isLike,
            "\(page): `\(command.text)` printed \(result.output.joined(separator: "\n"))\n\(result.errors)"
          )
        }
      }
    }
  }

  @Test(.enabled(if: SystemdTestbed.has("python3"), "needs python3"))
  func manualIsUpToDate() throws {
    let maker = Checkout.root.appending(path: "deploy/manual").path
    let made = try SystemdTestbed.run([maker, Program.url.path])
    let page = Checkout.root.appending(path: "deploy/harbinger.1")
    let kept = try String(contentsOf: page, encoding: .utf8)
    #expect(made.status == 0 && made.text == kept, "run deploy/manual >deploy/harbinger.1")
  }

  @Test(
    .enabled(if: SystemdTestbed.isAvailable, "needs root and ../shared/systemd-testbed"))
  func commandsForTheServiceSucceed() throws {
    let machine = try SystemdTestbed()
    try machine.startService(log: DailyLog(days: 40, hoursFromNow: 4).lines)
    try machine.eventually("harbinger status")
    try machine.shell("mkdir -p /var/backups")
    for page in DocumentationPage.all {
      for case .session(let commands) in page.blocks {
        for command in commands where Place(command).isMachine {
          let text = command.text.replacing(
            "deploy/install",
            with: "\(Checkout.root.path)/deploy/install --binary \(SystemdTestbed.binary)"
              // On this machine there are settings already.
          ).replacing("harbinger init", with: "harbinger init --force")
          let result = try machine.attempt("\(text)")
          #expect(result.status == 0, "\(page): `\(text)` said \(result.text)")
          // After a restart the status is there again in a moment.
          if text.hasPrefix("systemctl") { try machine.eventually("harbinger status") }
        }
      }
    }
  }
}

extension DocumentationPage.Block {
  fileprivate var isSession: Bool { if case .session = self { true } else { false } }
}

/// Runs one command after another in a folder.
private final class Shell {
  struct Result {
    let status: Int32
    let output: [String]
    let errors: [String]
  }

  private let folder: TemporaryFolder
  private var status: Int32 = 0

  init(folder: TemporaryFolder) throws {
    self.folder = folder
    let bin = folder.url.appending(path: "bin")
    try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      at: bin.appending(path: "harbinger"), withDestinationURL: Program.url)
  }

  func run(_ command: String) throws -> Result {
    // All that the script does beyond this is to build the program.
    let command = command.replacing("deploy/quickstart", with: "harbinger quickstart")
    let result = try ChildProcess.run(
      ["/bin/bash", "-c", "(exit \(status))\n\(command)"], in: folder.url.path,
      environment: [
        "HOME": folder.url.path, "PATH": "\(folder.path("bin")):/usr/bin:/bin", "TZ": "UTC",
        "LANG": "C.UTF-8",
      ])
    status = result.status
    return Result(status: status, output: lines(result.output), errors: lines(result.errors))
  }

  private func lines(_ text: String) -> [String] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    return lines.last == "" ? lines.dropLast() : lines
  }
}

/// What the documentation says beside commands.
struct DocumentationFactTests {
  /// Goal: nobody loses a long field by a command from here: without --all journalctl shows it as null.
  @Test func journalAsJSONIsAskedForWhole() throws {
    let asked = DocumentationPage.all.flatMap(\.blocks).flatMap { (block) -> [String] in
      if case .session(let commands) = block { commands.map(\.text) } else { [] }
    }.filter { $0.hasPrefix("journalctl") && $0.contains("-o json") }
    #expect(!asked.isEmpty && asked.allSatisfy { $0.contains(" --all ") }, "\(asked)")
  }

  /// Goal: the codes that commands end with are those that are listed, in the page and in the manual.
  @Test func exitCodesAreThoseThatAreListed() throws {
    func text(_ path: String) throws -> String {
      try String(contentsOf: Checkout.root.appending(path: path), encoding: .utf8)
    }
    let codes = Set(
      try text("Sources/harbinger/Commands/ExitCodes.swift").matches(of: /ExitCode\((\d+)\)/)
        .map { String($0.1) })
    // What every command may end with, and what the library of arguments does.
    let all = codes.union(["0", "1", "64"])
    let page = try text("Sources/harbinger/Documentation.docc/Operations.md")
    #expect(Set(page.matches(of: /(?m)^\| (\d+) \|/).map { String($0.1) }) == all)
    let manual = try text("deploy/harbinger.1")
    let status = try #require(manual.split(separator: ".SH \"EXIT STATUS\"").last)
    let sentence = try #require(status.split(separator: ".B ").first)
    #expect(Set(sentence.matches(of: /\b\d+\b/).map { String($0.output) }) == all)
  }
}

/// How the documentation is read.
struct DocumentationPageTests {
  @Test func fencedBlocksBecomeSettingsAndCommands() {
    let text = "```yaml\na: 1\n```\n```console\n$ one\nx\ny\n$ two\n```\n```\n$ three\n```\n"
    let blocks = DocumentationPage(name: "page", text: text).blocks
    #expect(blocks.count == 2)
    if case .settings(let settings) = blocks[0] { #expect(settings == "a: 1\n") }
    guard case .session(let commands) = blocks[1] else {
      Issue.record("the second block is no session")
      return
    }
    #expect(commands.map(\.text) == ["one", "two"])
    #expect(commands.map(\.output) == [["x", "y"], []])
  }

  @Test(arguments: [
    (shown: ["a", "b"], printed: ["a", "b"], isLike: true),
    (shown: ["a"], printed: ["a", "b"], isLike: false),
    (shown: ["a", "b"], printed: ["a"], isLike: false),
    (shown: ["…"], printed: [], isLike: true),
    (shown: ["a", "…", "z"], printed: ["a", "b", "c", "z"], isLike: true),
    (shown: ["a", "…", "z"], printed: ["a", "b", "c"], isLike: false),
    (shown: ["p = … of …"], printed: ["p = 0.5 of log"], isLike: true),
    (shown: ["p = … of 2"], printed: ["p = 0.5 of 3"], isLike: false),
    (shown: ["p = 1"], printed: ["p = 1 "], isLike: false),
  ])
  func outputIsComparedWithWhatIsShown(shown: [String], printed: [String], isLike: Bool) {
    #expect(DocumentationPage.lines(printed[...], areLike: shown[...]) == isLike)
  }
}
