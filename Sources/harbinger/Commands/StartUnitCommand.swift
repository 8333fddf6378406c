import ArgumentParser
import Foundation
import Host

/// What the daemon starts to start a unit. Not for people, who have systemctl.
struct StartUnitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start-unit", abstract: "Asks systemd for a unit.",
    discussion: """
      For example:

      harbinger start-unit wake@backup.service
      """, shouldDisplay: false)

  @Argument var unit: String

  func run() throws {
    do throws(ServiceManager.Failure) {
      try ServiceManager.start(unit: unit)
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      throw ExitCode.failure
    }
  }
}
