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
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      // Help for a command that does not exist would be that for all.
      let asked = arguments.first == "help" ? Array(arguments.dropFirst()) : arguments
      if let mistake = UsageMistake(unknownCommandIn: asked) { throw mistake }
      var command = try parseAsRoot(arguments)
      try command.run()
      end(.success)
    } catch let code as ExitCode {
      end(code)
    } catch {
      guard let ending = CommandEnding(error, arguments: arguments) else {
        guard let help = HelpText(fullMessage(for: error), .standardOutput) else {
          exit(withError: error)
        }
        print(help.text)
        end(.success)
      }
      exit(withError: RunCommand.failure(ending.sentence, ending.code))
    }
  }

  /// Ends the program; as a failure, too, if its output could not be written.
  private static func end(_ code: ExitCode) -> Never {
    if let problem = StandardOutput.problem() {
      exit(withError: RunCommand.failure(problem, .cannotCreate))
    }
    exit(withError: code)
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
