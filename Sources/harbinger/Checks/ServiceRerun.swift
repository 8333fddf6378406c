import ArgumentParser
import Foundation
import Host

/// Of a command that tells what the service can do: where it runs.
struct ServiceRerun: ParsableArguments {
  @Flag(
    name: .customLong("here"),
    help: "Try it as this user, and not in the installed service's sandbox.")
  var isHere = false

  /// As root, with the settings of the installed service, goes on as that service's user in its sandbox; does not
  /// return then.
  ///
  /// - Returns: In which place it is tried, for people.
  func enter(config: String, arguments: [String]) throws -> String {
    let user = "as user \(NSUserName())"
    guard !isHere else { return user }
    guard geteuid() == 0, let sandbox = ServiceSandbox.installed else {
      return user + ", outside the service's sandbox"
    }
    guard sandbox.configPath == URL(filePath: config).standardizedFileURL.path else {
      return user + ", for the installed service has other settings"
    }
    let error = sandbox.execute(arguments + ["--here"])
    return user + ", outside the service's sandbox (\(error))"
  }
}
