import ArgumentParser
import Foundation
import HTMLReport
import Host
import Settings

struct WebCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "web",
    abstract: "Serves the report and the status to browsers and Prometheus, read only.",
    discussion: """
      Answers on the socket that systemd hands to it, and ends after a while without requests; the daemon stays \
      without network. harbinger-web.socket starts it. To try it without:

      systemd-socket-activate --listen 127.0.0.1:8710 harbinger web

      / is the report, /status.json the status, /metrics is for Prometheus, and /healthz answers with 503 when \
      something is wrong. Its service may give it options. For example:

      harbinger web --idle-seconds 600
      """)

  @OptionGroup var place: StatePlace

  @Option(help: "The status file.", completion: .file(extensions: ["json"]))
  var status: String?

  @Option(
    help: ArgumentHelp("Ends after so many seconds without a request.", valueName: "number"))
  var idleSeconds = 60

  @Option(
    name: .customLong("host"),
    help: "A name under which browsers may ask, beside localhost; where it listens on TCP.")
  var hosts: [String] = []

  func validate() throws {
    if !(1...86_400).contains(idleSeconds) {
      throw ValidationError(
        "--idle-seconds: found \(idleSeconds), expected a number from 1 to 86400")
    }
  }

  func run() throws {
    guard let socket = ListeningSocket.inherited else {
      throw RunCommand.failure(
        "no socket was handed over: start it by harbinger-web.socket, or try "
          + "systemd-socket-activate --listen 127.0.0.1:8710 harbinger web", .noInput)
    }
    var reports = StateReports(stream: nil)
    let site = WebSite(
      statusPath: try StatusCommand.path(
        file: status, config: place.config == StatePlace.usualConfig ? nil : place.config),
      knownHosts: socket.isLocal ? nil : ["localhost", "127.0.0.1", "[::1]"] + hosts,
      makeReport: { try reports.page(ofStateAt: place.path()).html })
    guard let server = WebServer(answer: site.answer) else {
      throw RunCommand.failure(
        "the library that serves pages is not installed: apt-get install libmicrohttpd12",
        .operatingSystemError)
    }
    do throws(SystemError) {
      try server.serve(socket, idleSeconds: idleSeconds)
    } catch {
      throw RunCommand.failure("\(error)", .operatingSystemError)
    }
  }
}
