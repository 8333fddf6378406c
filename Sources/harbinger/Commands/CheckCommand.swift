internal import ArgumentParser
import Arithmetic
internal import Foundation
import Host
import Records
import Reporting
import Settings

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract:
      "Says what a settings file means and whether it works, or everything that is wrong with it.",
    discussion: """
      Tries what the settings name, and changes nothing: whether each log can be read and its lines are in the \
      format, whether the unit, the program or the webhook of alerts can be reached. As root, with the settings \
      of the installed service, it does so as the service's user and in its sandbox. Exits with 78 if the settings \
      cannot be used, and with 1 if something that they name cannot; logs that do not exist yet cause a warning \
      only. For example:

      harbinger check
      """)

  @Flag(name: .shortAndLong, help: "Print errors and warnings only, and try nothing.")
  var quiet = false

  @Flag(help: "Print the settings that have their defaults, too.")
  var all = false

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var place: ServiceRerun

  @Argument(help: "The settings file.", completion: .file(extensions: ["yaml", "yml"]))
  var config = "/etc/harbinger/harbinger.yaml"

  func run() throws {
    let arguments = ["check", config] + (json ? ["--json"] : []) + (all ? ["--all"] : [])
    let tried = quiet ? "" : try place.enter(config: config, arguments: arguments)
    let settings: ServiceSettings
    let warnings: [SettingsWarning]
    do throws(BadSettings) {
      let reader = SettingsReader.ofThisMachine
      let read = try reader.readNotingPlaces(reader.load(config), file: config)
      settings = read.settings
      warnings = settings.warnings(file: config, places: read.places)
    } catch {
      guard json else { throw error }
      print(try JSONText.text(CheckDocument(config, error)))
      throw ExitCode.badSettings
    }
    if json { return try printJSON(settings, warnings, tried) }
    if !quiet { show(settings) }
    for warning in warnings {
      FileHandle.standardError.write(Data("warning: \(warning.problem)\n".utf8))
    }
    if quiet { return }
    let trial = SettingsTrial(settings, now: WallClock.nowSeconds)
    let style = TerminalStyle.standardOutput
    if !trial.findings.isEmpty { print("\nTried \(tried):") }
    for finding in trial.findings {
      let sentence = "  \(finding.isProblem ? "PROBLEM " : "")\(finding.sentence)"
      for line in style.wrapped(sentence) { print(line) }
    }
    if trial.hasProblem || warnings.contains(where: \.isObstacle) { throw ExitCode.failure }
  }

  private func printJSON(
    _ settings: ServiceSettings, _ warnings: [SettingsWarning], _ tried: String
  ) throws {
    let trial = quiet ? nil : SettingsTrial(settings, now: WallClock.nowSeconds)
    print(try JSONText.text(CheckDocument(config, settings, warnings, tried: tried, trial)))
    if trial?.hasProblem == true || !quiet && warnings.contains(where: \.isObstacle) {
      throw ExitCode.failure
    }
  }

  private func show(_ settings: ServiceSettings) {
    let sources = Decimals.counted(settings.sources.count, "source")
    print("\(config): good, with \(sources); fingerprint \(settings.fingerprint)")
    var table = Table([.left("", limit: 1_024), .left("", limit: 1_024)])
    let shown =
      all
      ? settings.effective
      : settings.chosen(environment: ProcessInfo.processInfo.environment)
    for setting in shown { table.add([setting.path, setting.value]) }
    for line in table.lines(.standardOutput) { print(line) }
    let othersCount = settings.effective.count - shown.count
    if othersCount > 0 {
      print("(\(Decimals.counted(othersCount, "more setting")) as by default: --all shows them)")
    }
  }
}
