internal import ArgumentParser

@main
struct Harbinger: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "harbinger",
    abstract: "Learns when requests come, and says so before they do.",
    subcommands: [CheckCommand.self, SampleCommand.self])
}
