import Foundation
import TestSupport
import Testing

/// What the command line says of itself.
struct HelpTests {
  private static let commands: [String] = {
    let help = try? Program.run(["--help"], in: TemporaryFolder()).output
    let list = help?.split(separator: "SUBCOMMANDS:").last ?? ""
    return list.matches(of: #/^  ([a-z][a-z-]*)\s/#.anchorsMatchLineEndings()).map { String($0.1) }
  }()

  @Test func everyCommandShowsAnExample() throws {
    let folder = try TemporaryFolder()
    #expect(Self.commands.count > 15)
    let others = ["model export", "model import", "model predict", "start-unit"]
    for command in Self.commands + others {
      let help = try Program.run(
        command.split(separator: " ").map(String.init) + ["--help"], in: folder)
      #expect(help.status == 0)
      #expect(
        help.output.contains(/For example:\s+harbinger [a-z]/), "\(command): \(help.output)")
    }
  }

  /// Goal: help can be read in a narrow terminal, and in one that knows ASCII only.
  @Test(arguments: [60, 80, 120]) func helpFitsTheTerminal(columns: Int) throws {
    let folder = try TemporaryFolder()
    for command in [""] + Self.commands + ["model export", "model import", "model predict"] {
      let help = try Program.run(
        command.split(separator: " ").map(String.init) + ["--help"], in: folder,
        environment: ["COLUMNS": "\(columns)", "LC_ALL": "C"])
      let wide = help.output.split(separator: "\n").map(String.init).filter { $0.count > columns }
      // A command line is shown as it is typed.
      #expect(wide.allSatisfy { $0.hasPrefix("harbinger ") || $0.hasPrefix("systemd-") }, "\(wide)")
      #expect(!help.output.contains { !$0.isASCII }, "\(command)")
      #expect(help.output.contains("USAGE: harbinger"), "\(command)")
    }
    // Scripts for completion pass as they are.
    let plain = try Program.run(["--generate-completion-script", "fish"], in: folder)
    let narrow = try Program.run(
      ["--generate-completion-script", "fish"], in: folder,
      environment: ["COLUMNS": "\(columns)", "LC_ALL": "C"])
    #expect(plain.status == 0 && plain.output == narrow.output)
  }

  /// Goal: bash completes names of commands and of their options. Method: what bash calls, called as it calls it.
  @Test(arguments: [
    (typed: "harbinger fore", completed: "forecast"),
    (typed: "harbinger model exp", completed: "export"),
    (typed: "harbinger forecast --str", completed: "--stream"),
  ])
  func bashCompletes(typed: String, completed: String) throws {
    let folder = try TemporaryFolder()
    let script = try Program.run(["--generate-completion-script", "bash"], in: folder)
    try folder.write(script.output, to: "completions")
    try folder.write(
      """
      source "$1"
      COMP_LINE=$2 COMP_POINT=${#2}
      read -ra COMP_WORDS <<<"$2"
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      function=$(complete -p harbinger | sed 's/.*-F \\([^ ]*\\).*/\\1/')
      "$function" harbinger "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      printf '%s\\n' "${COMPREPLY[@]}"

      """, to: "complete")
    let result = try SystemdTestbed.run([
      "/usr/bin/env", "bash", folder.path("complete"), folder.path("completions"), typed,
    ])
    let words = result.text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(words == [completed], "\(result.text)")
  }
}
