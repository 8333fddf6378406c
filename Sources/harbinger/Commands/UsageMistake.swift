import ArgumentParser
import Reporting

/// What is wrong with the arguments of a command, in one sentence of ours.
struct UsageMistake: Error {
  let sentence: String

  /// - Returns: Nil: they begin with a command that there is, or with none.
  init?(unknownCommandIn arguments: [String]) {
    let command = CalledCommand(arguments)
    guard !command.subcommands.isEmpty, let word = command.nextWord, word != "help",
      !word.hasPrefix("-")
    else { return nil }
    self.init("Unexpected argument '\(word)'", command)
  }

  /// - Parameters:
  ///   - message: As the library that reads arguments says it, or as our own checks do.
  ///   - arguments: Without the program's name.
  init(_ message: String, arguments: [String]) {
    self.init(message, CalledCommand(arguments))
  }

  private init(_ message: String, _ command: CalledCommand) {
    let (mistake, meant) = Self.reworded(message, command)
    let advice = meant.map { "did you mean '\($0)'?" } ?? "see '\(command.name) --help'"
    let text = "\(command.name): \(mistake); \(advice)"
    sentence = TerminalStyle.standardError.shown(text, limit: 2_000)
  }

  private static func reworded(
    _ message: String, _ command: CalledCommand
  ) -> (mistake: String, meant: String?) {
    if let option = command.unknownOption {
      return (
        "'\(option)' is no option", SpellingDistance.nearest(to: option, among: command.options)
      )
    }
    if let found = message.firstMatch(of: /^Unexpected argument '(.*)'$/) {
      let word = String(found.1)
      guard !command.subcommands.isEmpty else { return ("'\(word)' is one argument too many", nil) }
      return (
        "'\(word)' is no command",
        SpellingDistance.nearest(to: word, among: command.subcommands)
      )
    }
    if let found = message.firstMatch(of: /^[0-9]+ unexpected arguments: (.*)$/) {
      return ("\(found.1) are too many arguments", nil)
    }
    if let found = message.firstMatch(of: /^Missing expected argument '(.*)'$/) {
      return ("\(found.1) is missing", nil)
    }
    if let found = message.firstMatch(of: /^Missing value for '(\S+)( <(.*)>)?'$/) {
      return (
        "\(found.1): found nothing after it, expected \(expected(found.3.map(String.init)))", nil
      )
    }
    if let found = message.firstMatch(
      of: /^The value '([\s\S]*)' is invalid for '([^' ]+)( <([^']*)>)?'([\s\S]*)$/)
    {
      let choices = found.5.matches(of: /'([^']*)'|\n +- (.*)/).map { $0.1 ?? $0.2 ?? "" }
      // An argument without an option is named by what stands for it.
      let name = found.2.hasPrefix("<") ? String(found.2.dropFirst().dropLast()) : nil
      let phrase =
        choices.isEmpty
        ? expected(name ?? found.4.map(String.init)) : "one of " + choices.joined(separator: ", ")
      return ("\(found.2): found '\(found.1)', expected \(phrase)", nil)
    }
    return (message, nil)
  }

  /// - Parameter placeholder: What stands for a value in the help.
  private static func expected(_ placeholder: String?) -> String {
    switch placeholder {
    case "number": "a number"
    case "fraction": "a number from 0 to below 1"
    case "hours": "hours with commas between them, such as 1,6,24"
    case "date": "a date such as 2026-01-31"
    case "hour": "an hour such as 2026-01-31T09"
    case "file": "the name of a file"
    default: "a value"
    }
  }
}

/// The command that arguments are for.
private struct CalledCommand {
  private(set) var name = "harbinger"
  private var type: any ParsableCommand.Type = Harbinger.self
  private var arguments: ArraySlice<String>

  init(_ arguments: [String]) {
    self.arguments = arguments[...]
    while let word = self.arguments.first,
      let next = type.configuration.subcommands.first(where: {
        $0.configuration.commandName == word
      })
    {
      name += " " + word
      type = next
      self.arguments.removeFirst()
    }
  }

  /// What follows the command's name.
  var nextWord: String? { arguments.first }

  var subcommands: [String] {
    type.configuration.subcommands.compactMap { $0.configuration.commandName }
  }

  /// With their dashes, from the help, which lists them with two spaces before.
  var options: [String] {
    Harbinger.helpMessage(for: type, includeHidden: true, columns: 10_000)
      .split(separator: "\n").filter { $0.hasPrefix("  -") }
      .flatMap { $0.prefix(60).matches(of: /--[a-z][a-z-]*/).prefix(1).map { String($0.output) } }
  }

  /// The first that the command does not have.
  var unknownOption: String? {
    let known = options
    return arguments.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
      .map { String($0.prefix { $0 != "=" }) }.first { !known.contains($0) }
  }
}
