import ArgumentParser
import Foundation
import Host
import NeuralNet
import Reporting

@main
struct Harbinger: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "harbinger",
    abstract: "Learns when requests come, and reports them before they do.",
    discussion: """
      HARBINGER_SIMD=avx512, avx2 or portable chooses the vector instructions; without it the fastest that \
      the processor has are used.
      """,
    version: "\(Version.text) (\(InstructionSet.current.rawValue))",
    subcommands: [
      QuickstartCommand.self, InitCommand.self, RunCommand.self, ReplayCommand.self,
      EvaluateCommand.self, CheckCommand.self, SettingsCommand.self, DetectCommand.self,
      StatusCommand.self, ForecastCommand.self, AlertsCommand.self, ExplainCommand.self,
      ReportCommand.self, WebCommand.self, AlertTestCommand.self, BackupCommand.self,
      RestoreCommand.self, ModelCommand.self,
      SampleCommand.self, StartUnitCommand.self,
    ])

  static func main() {
    Signals.resetInherited()
    chooseInstructions()
    suggestCommand()
    main(nil)
  }

  /// For a command that does not exist, the one that was probably meant.
  private static func suggestCommand() {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard let typed = CommandLine.arguments.dropFirst().first, !typed.hasPrefix("-"),
      !names.contains(typed)
    else { return }
    let shown = TerminalStyle.standardError.shown(typed, limit: 40)
    let meant = SpellingDistance.nearest(to: typed, among: names)
    let advice = meant.map { "did you mean '\($0)'?" } ?? "see 'harbinger --help'"
    FileHandle.standardError.write(
      Data("harbinger: '\(shown)' is no command; \(advice)\n".utf8))
    exit(withError: ExitCode.validationFailure)
  }

  /// Before anything computes, and before the version is shown.
  private static func chooseInstructions() {
    guard let name = ProcessFacts.environment("HARBINGER_SIMD") else { return }
    guard let chosen = InstructionSet.available.first(where: { $0.rawValue == name }) else {
      let names = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
      let sentence = "HARBINGER_SIMD: found '\(name)', expected one of \(names)\n"
      FileHandle.standardError.write(Data(sentence.utf8))
      exit(withError: ExitCode.badSettings)
    }
    InstructionSet.use(chosen)
  }
}
