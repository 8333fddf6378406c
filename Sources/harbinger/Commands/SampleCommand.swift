internal import ArgumentParser
internal import Foundation
internal import Glibc
import Host
import Interchange
internal import Records
import SampleLogs
import Settings

struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Writes a synthetic access log of a mostly idle service.",
    discussion: """
      The same options always give the same bytes: a nightly upload that fails on one night in twenty, use \
      in office hours on working days, a report on the first working day of a month, scanners at random. \
      Other kinds have one or two habits, at times and in numbers that depend on the seed. \
      The format is combined, the times are UTC. For example:

      harbinger sample --days 60 --output access.log
      """)

  @Option(help: ArgumentHelp("The seed of the random numbers.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(help: "What its requests are.")
  var kind = SampleLog.Kind.service

  @Option(help: ArgumentHelp("How many days.", valueName: "number"))
  var days = 365

  @Option(help: ArgumentHelp("The day after the last one, as in 2026-01-31.", valueName: "date"))
  var end = SampleLog.usualEnd

  @Option(
    help: ArgumentHelp(
      "Minutes between health checks, to try a source's exclude on. (default: none)",
      valueName: "number"))
  var healthCheckMinutes: Int?

  @Option(
    name: [.short, .long], help: "The file to write. (default: standard output)",
    completion: .file())
  var output: String?

  func validate() throws {
    guard (1...36_500).contains(days) else {
      throw ValidationError("--days: found \(days), expected a number from 1 to 36500")
    }
    if let minutes = healthCheckMinutes, !(1...1_440).contains(minutes) {
      throw ValidationError(
        "--health-check-minutes: found \(minutes), expected a number from 1 to 1440")
    }
  }

  func run() throws {
    var log = SampleLog(
      end: end, dayCount: days, seed: seed, kind: kind, healthCheckMinutes: healthCheckMinutes)
    guard let output else {
      return log.write { print($0, terminator: "") }
    }
    do {
      guard !NewFile.isStream(output) else { return try Self.write(&log, to: output) }
      var new = try NewFile(for: output, mode: 0o644)
      try Self.write(&log, to: new.path)
      try new.place()
    } catch {
      throw RunCommand.failure("\(error)", .cannotCreate)
    }
  }

  private static func write(_ log: inout SampleLog, to path: String) throws {
    let file = try Descriptor(opening: path, flags: O_WRONLY)
    try log.write { try file.writeAll(Array($0.utf8).span, path: path) }
  }
}

extension SampleLog.Kind: ExpressibleByArgument {}

extension CivilDate: ExpressibleByArgument {
  package init?(argument: String) {
    self.init(isoText: argument)
  }

  package var defaultValueDescription: String { isoText }
}
