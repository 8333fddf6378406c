internal import ArgumentParser
import Settings

struct SettingsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "settings",
    abstract: "Prints every key of the settings, with its default and its meaning.",
    discussion: """
      yaml is a settings file to begin with, page a documentation page in Markdown, and schema a JSON Schema by \
      which editors complete and check a settings file. For example:

      harbinger settings --form yaml
      """)

  @Option(help: "The form of what is printed.")
  var form = SettingsReference.yaml

  func run() {
    print(form.text, terminator: "")
  }
}

extension SettingsReference: ExpressibleByArgument {}
