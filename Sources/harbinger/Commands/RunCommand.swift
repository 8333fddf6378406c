import ArgumentParser
import Foundation
import Host
import Records
import Reporting
import Settings
import Storage

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs the daemon.",
    discussion: """
      SIGHUP reloads the settings, SIGUSR1 trains now, SIGUSR2 writes the status file and a summary line \
      now; SIGTERM and SIGINT stop it. For example:

      harbinger run --config harbinger.yaml
      """)

  @Option(name: .shortAndLong, help: "The settings file.", completion: .file(extensions: ["yaml"]))
  var config = "/etc/harbinger/harbinger.yaml"

  @Option(help: .hidden)
  var partition: Int32?

  @Option(help: .hidden)
  var member: Int?

  func run() throws {
    // With the member its processes end, however it does.
    if let member, !ProcessFacts.endWithParent(member) { return }
    do {
      // First of all: a signal that comes earlier would kill us.
      let signals = try Signals()
      let file = SettingsFile(config, partition: partition)
      let settings = try Self.settings(file)
      var triggers = try MachineTriggers(signals: signals)
      if let topic = settings.sharedTopic {
        var member = try Member.open(
          settingsFile: file, settings: settings, topic: topic, journal: .automatic())
        return try member.run(&triggers)
      }
      let fields = partition.map { [Field("HARBINGER_PARTITION", Int($0))] } ?? []
      var daemon = try Daemon.open(
        settingsFile: file, settings: settings, journal: .automatic().adding(fields))
      try daemon.run(&triggers)
    } catch let error as LockFile.Failure {
      guard case .held = error else { throw Self.failure("\(error)", .inputOutputError) }
      throw Self.failure("another harbinger is running: \(error)", .temporaryFailure)
    } catch let error as SystemError {
      throw Self.failure("\(error)", .operatingSystemError)
    }
  }

  /// - Throws: `ExitCode.badSettings`, after saying all that is wrong.
  static func settings(_ path: String) throws -> ServiceSettings {
    try settings(SettingsFile(path))
  }

  private static func settings(_ file: SettingsFile) throws -> ServiceSettings {
    do throws(BadSettings) {
      return try file.read()
    } catch {
      throw failure("\(error)", .badSettings)
    }
  }

  /// The stream that is meant by a name, as it is or as it is shown; what was typed if there is none.
  static func stream(_ typed: String, among names: some Sequence<String>) -> String {
    let found = names.first { $0 == typed }
    return found ?? names.first { String(escapedForDisplay: $0, limit: .max) == typed } ?? typed
  }

  /// Says that there is no such stream, and which there are.
  static func unknownStream(_ stream: String, of names: [String]) -> ExitCode {
    let known = names.prefix(20).map { String(escapedForDisplay: $0, limit: 200) }
    let shown = String(escapedForDisplay: stream, limit: 200)
    return failure(
      "found no stream '\(shown)', expected one of: \(known.joined(separator: ", "))", .noInput)
  }

  /// Says why on standard error.
  static func failure(_ sentences: String, _ code: ExitCode) -> ExitCode {
    tell(sentences)
    return code
  }

  /// What people should know beside the output.
  static func tell(_ sentences: String) {
    let style = TerminalStyle.standardError
    let lines = sentences.split(separator: "\n").flatMap { style.wrapped(String($0)) }
    FileHandle.standardError.write(Data((lines.joined(separator: "\n") + "\n").utf8))
  }
}
