import ArgumentParser

@main
struct Harbinger: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "harbinger",
    abstract: "Learns when requests come, and says so before they do.",
    version: Version.text,
    subcommands: [
      QuickstartCommand.self, RunCommand.self, ReplayCommand.self, EvaluateCommand.self,
      CheckCommand.self, StatusCommand.self,
      SampleCommand.self,
    ])
}
