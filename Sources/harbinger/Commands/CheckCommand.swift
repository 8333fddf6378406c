internal import ArgumentParser
internal import Foundation
internal import Glibc
import Records
import Reporting
import Settings

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Prints what a settings file means, or everything that is wrong with it.",
    discussion: """
      Changes nothing. Exits with 78 if the settings cannot be used. Log files that do not exist yet, or \
      that this user may not read, cause a warning only.
      """)

  @Flag(name: .shortAndLong, help: "Print errors only.")
  var quiet = false

  @Argument(help: "The settings file.", completion: .file(extensions: ["yaml", "yml"]))
  var config = "/etc/harbinger/harbinger.yaml"

  func run() throws {
    let settings: ServiceSettings
    do throws(BadSettings) {
      let reader = SettingsReader.ofThisMachine
      let read = try reader.readNotingPlaces(reader.load(config), file: config)
      settings = read.settings
      for warning in settings.warnings(file: config, places: read.places) {
        FileHandle.standardError.write(Data("warning: \(warning)\n".utf8))
      }
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      throw ExitCode.badSettings
    }
    if quiet { return }
    let sources = settings.sources.count == 1 ? "1 source" : "\(settings.sources.count) sources"
    print("\(config): good, with \(sources); fingerprint \(settings.fingerprint)")
    for source in settings.sources where settings.parser(of: source).infersYear {
      print(
        "\(source.name): where stamps have no year, it is inferred from the order of the lines and from when "
          + "their file was written")
    }
    var table = Table([.left(""), .left("", limit: 1_024)])
    for setting in settings.effective { table.add([setting.path, setting.value]) }
    for line in table.lines(.standardOutput) { print(line) }
  }
}
