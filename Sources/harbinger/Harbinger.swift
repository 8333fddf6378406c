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
      QuickstartCommand.self, RunCommand.self, ReplayCommand.self, EvaluateCommand.self,
      CheckCommand.self, DetectCommand.self, StatusCommand.self, AlertsCommand.self,
      ExplainCommand.self, AlertTestCommand.self, ModelCommand.self, SampleCommand.self,
      StartUnitCommand.self,
    ])

  static func main() {
    Signals.resetInherited()
    chooseInstructions()
    main(nil)
  }

  /// Before anything computes, and before the version is told.
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
