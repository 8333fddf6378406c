import Foundation
import Glibc
import TestSupport
import Testing

/// The real program, command by command: its answers to good and bad input, and its exit codes as the page of
/// operations lists them.
@Suite struct CommandLineTests {
  private static let commands = [
    "quickstart", "init", "run", "replay", "evaluate", "check", "settings", "detect", "status",
    "forecast", "alerts", "explain", "report", "web", "alert-test", "backup", "restore",
    "model export", "model import", "model predict", "sample", "start-unit",
  ]

  /// A log, a state made from it, and files that are wrong in every way.
  private final class Bed: Sendable {
    let folder: TemporaryFolder
    let lastHour: String

    init() throws {
      folder = try TemporaryFolder()
      try folder.write(
        "sources: [{ name: log, files: access.log }]\nstate: state.sqlite\nstatus: status.json\n",
        to: "good.yaml")
      try folder.write("sources: [\n", to: "bad.yaml")
      try folder.write("no state of anything", to: "junk")
      lastHour = "2026-03-11T16"
      for arguments in [
        ["sample", "--days", "40", "--output", "access.log"],
        ["replay", "--state", "state.sqlite", "access.log"],
      ] {
        let made = try Program.run(arguments, in: folder)
        guard made.status == 0 else {
          throw TookTooLong(what: "\(arguments)", why: "it failed", errors: made.errors)
        }
      }
      // The file header is intact, and every page after it is damaged.
      var state = try Data(contentsOf: folder.url.appending(path: "state.sqlite"))
      for page in stride(from: 4_096, to: state.count, by: 4_096) {
        state.replaceSubrange(
          page..<min(page + 512, state.count), with: Data(repeating: 0x5a, count: 512))
      }
      try state.write(to: folder.url.appending(path: "damaged.sqlite"))
    }
  }

  private static let bed = Result { try Bed() }

  private func run(_ arguments: String, _ more: [String] = []) throws -> Program.Result {
    let bed = try Self.bed.get()
    return try Program.run(
      arguments.replacing("HOUR", with: bed.lastHour).split(separator: " ").map(String.init) + more,
      in: bed.folder)
  }

  /// Goal: a failure is reported in one sentence, or one for each problem, in our words and not those of a library.
  private func expectOurWords(_ result: Program.Result, _ arguments: String) {
    for alien in [
      "Error:", "Usage:", "Domain=", "DecodingError", "SQLite error", "file is not a database",
      "malformed", "ExitCode(", "The operation could",
    ] { #expect(!result.errors.contains(alien), "\(arguments): \(result.errors)") }
    #expect(!result.errors.isEmpty, "\(arguments): nothing is said")
  }

  @Test(arguments: [
    "quickstart access.log", "quickstart --json access.log", "init --output new.yaml access.log",
    "replay access.log", "evaluate access.log", "evaluate --csv access.log",
    "evaluate --policy --idle-hours 2 access.log", "check --quiet good.yaml", "settings",
    "detect access.log", "forecast --state state.sqlite", "alerts --state state.sqlite",
    "explain --state state.sqlite log HOUR", "report --state state.sqlite --output report.html",
    "backup --state state.sqlite copy.sqlite", "model export --format onnx --state state.sqlite",
    "sample --days 2 --output /dev/null", "help", "help forecast", "--version",
  ]) func goodInputIsAnswered(arguments: String) throws {
    let result = try run(arguments)
    #expect(result.status == 0, "\(arguments): \(result.errors)")
  }

  @Test(arguments: [
    "quickstart no.log", "replay no.log", "evaluate no.log", "detect no.log", "report no.log",
    "init no.log", "forecast --state no.sqlite", "alerts --state no.sqlite",
    "explain --state no.sqlite log HOUR", "report --state no.sqlite",
    "backup --state no.sqlite copy.sqlite", "restore --state new.sqlite no.sqlite",
    "model export --format onnx --state no.sqlite", "model predict --state no.sqlite rows",
    "model import --format safetensors --state state.sqlite no.safetensors",
    "status --file no.json", "explain --state state.sqlite nobody HOUR",
    "explain --state state.sqlite log 2036-01-31T09",
    "forecast --state state.sqlite --stream nobody",
    "web",
  ]) func whatIsNotThereIsNoInput(arguments: String) throws {
    let result = try run(arguments)
    #expect(result.status == 66, "\(arguments): \(result.errors)")
    expectOurWords(result, arguments)
    #expect(result.errors.split(separator: "\n").count == (arguments.hasPrefix("init") ? 2 : 1))
  }

  @Test(arguments: [
    "quickstart junk", "replay junk", "evaluate junk", "report junk", "init junk",
    "status --file junk", "model import --format safetensors --state state.sqlite junk",
  ]) func whatCannotBeUnderstoodIsBadData(arguments: String) throws {
    let result = try run(arguments)
    #expect(result.status == 65, "\(arguments): \(result.errors)")
    expectOurWords(result, arguments)
  }

  @Test(arguments: [
    "quickstart --config bad.yaml access.log", "replay --config bad.yaml access.log",
    "evaluate --config bad.yaml access.log", "report --config bad.yaml access.log",
    "report --config bad.yaml", "run --config bad.yaml", "check bad.yaml",
    "status --config bad.yaml", "forecast --config bad.yaml", "alerts --config bad.yaml",
    "explain --config bad.yaml log HOUR", "alert-test --config bad.yaml",
    "backup --config bad.yaml copy.sqlite", "restore --config bad.yaml state.sqlite",
    "model export --format onnx --config bad.yaml", "model predict --config bad.yaml rows",
    "run --config no.yaml", "check no.yaml", "alerts --config no.yaml",
  ]) func badSettingsAreReportedWithTheirPlace(arguments: String) throws {
    let result = try run(arguments)
    #expect(result.status == 78, "\(arguments): \(result.errors)")
    expectOurWords(result, arguments)
    #expect(result.output == "", "\(arguments)")
    #expect(result.errors.contains(".yaml:") && result.errors.contains("expected"))
  }

  @Test(arguments: ["junk", "damaged.sqlite"])
  func aStateThatCannotBeUsedIsReportedInOurWords(state: String) throws {
    for arguments in [
      "forecast --state \(state)", "alerts --state \(state)", "explain --state \(state) log HOUR",
      "report --state \(state)", "backup --state \(state) copy.sqlite",
      "restore --state new-\(state).sqlite \(state)", "model export --format onnx --state \(state)",
      "model predict --state \(state) rows",
    ] {
      let result = try run(arguments)
      #expect(result.status == 74, "\(arguments): \(result.errors)")
      expectOurWords(result, arguments)
      #expect(
        result.errors.contains("\(state) is not a usable state file: it is "), "\(result.errors)")
    }
  }

  @Test(arguments: [
    "sample --days 2 --output no/log", "report --state state.sqlite --output no/report.html",
    "init --output no/new.yaml access.log", "backup --state state.sqlite no/copy.sqlite",
    "model export --format onnx --state state.sqlite --output no/model.onnx",
  ]) func whatCannotBeWrittenIsReported(arguments: String) throws {
    let result = try run(arguments)
    #expect(result.status == 73, "\(arguments): \(result.errors)")
    expectOurWords(result, arguments)
    #expect(result.errors.hasPrefix("cannot create no/"), "\(result.errors)")
  }

  /// What goes to a full disk by way of the shell is no success either.
  @Test(arguments: [
    "sample --days 40", "report --state state.sqlite", "forecast --state state.sqlite", "settings",
    "--help",
    "alerts --state state.sqlite --json", "model export --format onnx --state state.sqlite",
    "replay access.log", "detect access.log",
  ]) func outputThatCannotBeWrittenIsReported(arguments: String) throws {
    let result = try ChildProcess.run(
      ["/bin/sh", "-c", "exec '\(Program.url.path)' \(arguments) >/dev/full"],
      in: try Self.bed.get().folder.url.path)
    #expect(result.status == 73, "\(result.errors)")
    #expect(result.errors.contains("standard output: "), "\(result.errors)")
  }

  @Test(arguments: commands)
  func anUnknownOptionIsOneSentence(command: String) throws {
    let result = try run(command, ["--thresold"])
    #expect(result.status == 64)
    let advice =
      command == "status" ? "did you mean '--thresholds'?" : "see 'harbinger \(command) --help'"
    #expect(result.errors == "harbinger \(command): '--thresold' is no option; \(advice)\n")
  }

  @Test(arguments: [
    ("status --jsn", "harbinger status: '--jsn' is no option; did you mean '--json'?"),
    ("replay", "harbinger replay: <logs> ... is missing; see 'harbinger replay --help'"),
    (
      "replay --from x y",
      "harbinger replay: --from: found 'x', expected a number from 0 to below 1; "
        + "see 'harbinger replay --help'"
    ),
    (
      "sample --days x",
      "harbinger sample: --days: found 'x', expected a number; see 'harbinger sample --help'"
    ),
    (
      "sample --kind x",
      "harbinger sample: --kind: found 'x', expected one of service, nightly, office, both, weekly, "
        + "memoryless; see 'harbinger sample --help'"
    ),
    (
      "explain log yesterday",
      "harbinger explain: <hour>: found 'yesterday', expected an hour such as 2026-01-31T09; "
        + "see 'harbinger explain --help'"
    ),
    (
      "evaluate --leads 1,x access.log",
      "harbinger evaluate: --leads: found '1,x', expected hours with commas between them, such as 1,6,24; "
        + "see 'harbinger evaluate --help'"
    ),
    (
      "evaluate --idle-hours 3 access.log",
      "harbinger evaluate: --idle-hours: expected --policy beside it; see 'harbinger evaluate --help'"
    ),
    (
      "report --format json --state state.sqlite",
      "harbinger report: --format: expected logs beside it; see 'harbinger report --help'"
    ),
    (
      "replay --config good.yaml --format json access.log",
      "harbinger replay: --format: expected it without --config, whose file says it; "
        + "see 'harbinger replay --help'"
    ),
    (
      "replay --time-zone Mars/Olympus access.log",
      "harbinger replay: --time-zone: found the text 'Mars/Olympus', expected a time zone that this machine "
        + "knows, such as Europe/Berlin; see 'harbinger replay --help'"
    ),
    ("check a b", "harbinger check: 'b' is one argument too many; see 'harbinger check --help'"),
    ("frecast", "harbinger: 'frecast' is no command; did you mean 'forecast'?"),
    ("help frecast", "harbinger: 'frecast' is no command; did you mean 'forecast'?"),
    ("model exprot", "harbinger model: 'exprot' is no command; did you mean 'export'?"),
    ("--jsn", "harbinger: '--jsn' is no option; see 'harbinger --help'"),
  ]) func wrongArgumentsAreOneSentence(arguments: String, sentence: String) throws {
    let result = try run(arguments)
    #expect(result.status == 64)
    #expect(result.errors == sentence + "\n")
    #expect(result.output == "")
  }

  @Test func nothingOfAnArgumentReachesTheTerminalRaw() throws {
    let result = try run("status", ["--\u{1b}[31m\u{202e}"])
    #expect(result.status == 64)
    #expect(!result.errors.contains("\u{1b}") && !result.errors.contains("\u{202e}"))
  }

  /// Goal: whatever is wrong, a monitoring system can read the reason on the one line that it shows.
  @Test func theCheckOfAStatusHasItsOwnCodes() throws {
    let bad = try run("status --check --config bad.yaml")
    #expect(bad.status == 3)
    #expect(bad.output == "HARBINGER UNKNOWN - the settings cannot be used\n")
    let junk = try run("status --check --file junk")
    #expect(junk.status == 3 && junk.output.hasPrefix("HARBINGER UNKNOWN - the status file is not"))
  }

  /// Goal: each command whose output a program may need can print JSON.
  @Test(arguments: [
    ("quickstart --json access.log", ["verdict", "scores", "forecasts", "alerts"]),
    ("replay --json access.log", ["rows"]), ("evaluate --json access.log", ["rows"]),
    ("evaluate --json --policy access.log", ["curve"]),
    ("evaluate --json --by-age access.log", ["rows"]),
    ("detect --json access.log", ["format", "settings", "fields", "lines_by_hour"]),
    ("check --json --quiet good.yaml", ["fingerprint", "settings", "problems"]),
    ("explain --json --state state.sqlite log HOUR", ["probability", "experts"]),
  ]) func whatAProgramMayWantIsJSON(arguments: String, members: [String]) throws {
    let result = try run(arguments)
    #expect(result.status == 0 && result.errors == "", "\(arguments): \(result.errors)")
    let document =
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    for member in members { #expect(document?[member] != nil, "\(arguments): no \(member)") }
  }

  @Test func whatIsWrongIsJSONToo() throws {
    let bad = try run("check --json bad.yaml")
    #expect(bad.status == 78 && bad.errors == "")
    let document = try JSONSerialization.jsonObject(with: Data(bad.output.utf8)) as? [String: Any]
    let problem = try #require((document?["problems"] as? [[String: Any]])?.first)
    #expect(problem["line"] as? Int == 2 && problem["expected"] as? String == "YAML")
    let unknown = try run("detect --json junk")
    #expect(unknown.status == 65 && unknown.output.contains(#""format" : null"#))
  }

  /// Goal: output for people fits the width of their terminal.
  @Test(arguments: [
    "quickstart access.log", "replay access.log", "evaluate access.log",
    "evaluate --details access.log", "evaluate --policy access.log",
    "evaluate --by-age access.log", "forecast --state state.sqlite --hours 24",
    "alerts --state state.sqlite", "explain --state state.sqlite log HOUR", "detect access.log",
    "check good.yaml", "check --all good.yaml", "init --force --output wide.yaml access.log no.log",
  ]) func linesAreNoWiderThanTheTerminal(arguments: String) throws {
    let bed = try Self.bed.get()
    for columns in [60, 80, 120] {
      let words = arguments.replacing("HOUR", with: bed.lastHour).split(separator: " ")
      let result = try Program.run(
        words.map(String.init), in: bed.folder,
        environment: ["COLUMNS": "\(columns)", "LC_ALL": "C"])
      #expect(result.status == 0)
      // Paths and commands to copy are not wrapped.
      let said = result.output + (arguments.hasPrefix("init") ? result.errors : "")
      let lines = said.split(separator: "\n").map(String.init)
      let wide = lines.filter { line in
        line.count > columns && !line.hasPrefix("    files: ") && !line.hasPrefix("    harbinger ")
          && line.split(separator: " ").allSatisfy { $0.count < columns / 2 }
      }
      #expect(wide == [], "\(arguments) at \(columns)")
      #expect(!result.output.contains { !$0.isASCII }, "\(arguments)")
    }
  }

  /// Goal: a log is there whole or not at all.
  @Test func aSampleThatIsInterruptedLeavesTheFileAsItWas() throws {
    let folder = try TemporaryFolder()
    try folder.write("before", to: "new.log")
    func names() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        .filter { $0.hasPrefix("new.log") }.sorted()
    }
    let sample = try RunningProgram(
      ["sample", "--days", "36500", "--health-check-minutes", "1", "--output", "new.log"],
      in: folder)
    try sample.wait(for: "lines to be written") {
      try names().contains { name in
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path(name))
        return attributes[.size] as? Int ?? 0 > 6
      }
    }
    sample.send(SIGKILL)
    sample.waitUntilExit()
    #expect(try String(contentsOfFile: folder.path("new.log"), encoding: .utf8) == "before")
    let again = try Program.run(["sample", "--days", "2", "--output", "new.log"], in: folder)
    #expect(again.status == 0)
    #expect(try names() == ["new.log"])
    let made = try FileManager.default.attributesOfItem(atPath: folder.path("new.log"))
    #expect(made[.posixPermissions] as? Int == 0o644)
  }
}
