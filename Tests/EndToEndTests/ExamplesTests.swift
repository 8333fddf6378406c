import Foundation
import Glibc
import TestSupport
import Testing

/// The files of `deploy/examples`: their own descriptions, and whether harbinger and other programs accept them.
struct ExamplesTests {
  /// Goal: every example states its purpose, and every listed example exists.
  @Test func everyExampleExplainsItselfAndIsListed() throws {
    #expect(Example.all.count > 20)
    let page = try #require(DocumentationPage.all.first { $0.description == "Examples.md" })
    let text = try String(
      contentsOf: Checkout.root.appending(
        path: "Sources/harbinger/Documentation.docc/\(page.description)"), encoding: .utf8)
    let listed = text.matches(of: /`([\w@.\/-]+\.\w+|harbinger-[\w-]+|podman\/\w+)`/).map {
      String($0.1)
    }
    for example in Example.all {
      #expect(listed.contains(example.description), "\(example) is not in Examples.md")
      // JSON has no comments.
      guard !example.description.hasSuffix(".json") else { continue }
      let first = try #require(try example.comment.first, "\(example) begins without a comment")
      #expect(first.count > 20 && first.count < 120, "\(example) begins with '\(first)'")
    }
    let names = Set(Example.all.map(\.description))
    #expect(Set(listed).subtracting(names).filter { !$0.hasPrefix("alert.") } == [])
  }

  @Test(arguments: Example.all.filter(\.isSettings))
  func settingsAreGood(example: Example) throws {
    let folder = try TemporaryFolder()
    let result = try Program.run(["check", "--quiet", example.url.path], in: folder)
    #expect(result.status == 0, "\(result.errors)")
    // The only problem may be that its log does not exist.
    let other = result.errors.split(separator: "\n").filter { !$0.contains("found no file") }
    #expect(other == [])
  }

  @Test func settingsInCommentsAreGood() throws {
    let parts = try Example.all.flatMap { try $0.settingsInComment }
    #expect(parts.count == 8)
    for part in parts {
      let folder = try TemporaryFolder()
      try folder.write("sources: [{ name: web, files: '-' }]\n\(part)", to: "harbinger.yaml")
      let result = try Program.run(["check", "--quiet", "harbinger.yaml"], in: folder)
      #expect(result.status == 0 && result.errors == "", "\(part)\(result.errors)")
    }
  }

  /// Goal: Home Assistant knows every kind of alert, because it drops events of unknown types.
  @Test func homeAssistantKnowsEveryKind() throws {
    let comment = try Example("harbinger-home-assistant").comment.joined(separator: "\n")
    let list = try #require(comment.firstMatch(of: /event_types:\s+\[([^\]]*)\]/))
    let named = list.1.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    let help = try Program.run(["alert-test", "--help"], in: TemporaryFolder()).output
    let kinds = try #require(help.firstMatch(of: /The kind of alert\. \(values: ([^;]*);/))
    let known = kinds.1.split(separator: ",").map {
      $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    #expect(named.sorted() == known.sorted())
  }

  @Test(.enabled(if: SystemdTestbed.has("promtool"), "needs promtool, of the package prometheus"))
  func prometheusTakesItsConfiguration() throws {
    let result = try SystemdTestbed.run([
      "/usr/bin/env", "promtool", "check", "config", Example("prometheus.yaml").url.path,
    ])
    #expect(result.status == 0 && result.text.contains("1 rule files found"), "\(result.text)")
  }

  @Test(.enabled(if: SystemdTestbed.has("icinga2"), "needs icinga2, of the package icinga2-bin"))
  func icingaTakesItsConfiguration() throws {
    let folder = try TemporaryFolder()
    // It becomes a user of its own.
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o777], ofItemAtPath: folder.url.path)
    try folder.write(
      """
      include <itl>
      object Host "backup-host" { check_command = "dummy" }
      include "\(Example("icinga.conf").url.path)"

      """, to: "icinga2.conf")
    let result = try SystemdTestbed.run([
      "/usr/bin/env", "icinga2", "daemon", "--validate", "--config", folder.path("icinga2.conf"),
      "--define", "DataDir=\(folder.url.path)", "--define", "CacheDir=\(folder.url.path)",
      "--define", "LogDir=\(folder.url.path)", "--define", "InitRunDir=\(folder.url.path)",
      "--define", "PidPath=\(folder.path("pid"))",
    ])
    #expect(result.status == 0 && !result.text.contains("warning"), "\(result.text)")
    #expect(result.text.contains("2 Services") && result.text.contains("1 ApiUser"))
  }

  @Test(.enabled(if: SystemdTestbed.has("shellcheck"), "needs shellcheck"))
  func shellcheckFindsNothing() throws {
    let scripts = try Example.all.filter { try $0.text.hasPrefix("#!/bin/sh\n") }
    #expect(scripts.count == 5)
    let result = try SystemdTestbed.run(
      ["/usr/bin/env", "shellcheck"] + scripts.map(\.url.path))
    #expect(result.status == 0, "\(result.text)")
  }
}

/// Settings of the examples on logs that the real programs write just now.
struct ExampleLogTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What `check` says of an example whose log is this one, and the streams that a replay makes.
  private func read(_ example: String, from log: String) throws -> (said: String, streams: [String])
  {
    let settings = try Example(example).text
      .replacing(/files: \/.*/, with: "files: \(folder.path(log))")
      .replacing(/journal: \{.*/, with: "files: \(folder.path(log))")
    try folder.write(settings, to: example)
    let check = try Program.run(["check", "--here", example], in: folder)
    let replay = try Program.run(
      ["replay", "--config", example, "--state", "state.sqlite", log], in: folder)
    #expect(replay.status == 0, "\(replay.errors)")
    let forecast = try Program.run(["forecast", "--state", "state.sqlite", "--json"], in: folder)
    let streams = try JSONSerialization.jsonObject(with: Data(forecast.output.utf8))
    let said = check.output + check.errors
    return (
      said.replacing(folder.path(log), with: "LOG"),
      (streams as? [[String: Any]] ?? []).compactMap { $0["stream"] as? String }.sorted()
    )
  }

  /// Runs a server while it is asked for four things: a page, an upload by a hostile client, a probe, and a page by a
  /// crawler.
  private func serve(_ program: String, _ arguments: [String], port: Int, log: String) throws {
    // What it does not write itself, HAProxy's log, is its output.
    let output = folder.path("output")
    let server = try ChildProcess(
      ["/usr/bin/env", "HOME=\(folder.url.path)", program] + arguments, output: output,
      errors: output)
    defer { server.send(SIGKILL) }
    let site = "http://127.0.0.1:\(port)"
    let asked = { (arguments: [String]) in
      try SystemdTestbed.run(["/usr/bin/env", "curl", "--silent", "--max-time", "20"] + arguments)
    }
    while try asked([site + "/"]).status != 0 {
      guard server.isRunning else {
        throw TookTooLong(
          what: program, why: "it ended",
          errors: try String(contentsOfFile: folder.path("output"), encoding: .utf8))
      }
      usleep(20_000)
    }
    _ = try asked(["-A", #"a"b\ <c> [x] 'y'"#, "-d", "1", site + "/upload/%22%20%0a?q=%5c"])
    _ = try asked([site + "/healthz"])
    _ = try asked(["-A", "Examplebot/2.1", site + "/page"])
    let written = {
      let bytes = FileManager.default.contents(atPath: folder.path(log)) ?? Data()
      return bytes.count { $0 == 10 }
    }
    // It answers before it writes.
    for _ in 0..<6_000 where written() < 4 { usleep(10_000) }
  }

  /// A port that nobody listens on.
  private func freePort() throws -> Int {
    let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(probe) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    try withUnsafeMutableBytes(of: &address) { bytes in
      let pointer = try #require(bytes.baseAddress).assumingMemoryBound(to: sockaddr.self)
      try #require(bind(probe, pointer, length) == 0)
      try #require(getsockname(probe, pointer, &length) == 0)
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  @Test(.enabled(if: SystemdTestbed.has("nginx"), "needs nginx"))
  func nginx() throws {
    let port = try freePort()
    try folder.write(
      """
      daemon off; master_process off; pid pid; error_log error.log;
      events {}
      http {
        client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
        server { listen 127.0.0.1:\(port); access_log \(folder.path("log")); location / { return 200 ok; } }
      }

      """, to: "nginx.conf")
    try serve(
      "nginx", ["-p", folder.url.path, "-e", "error.log", "-c", "nginx.conf"], port: port,
      log: "log")
    let (said, streams) = try read("nginx.yaml", from: "log")
    #expect(
      said.contains("site: 2 of the first 4 lines of LOG are counted, as combined; 2 are kept out"))
    #expect(streams == ["site"])
  }

  @Test(.enabled(if: SystemdTestbed.has("apache2"), "needs Apache, of the package apache2-bin"))
  func apache() throws {
    let port = try freePort()
    // The format is Debian's.
    try folder.write(
      #"""
      ServerRoot /usr/lib/apache2
      ServerName www.example.org
      UseCanonicalName On
      Listen 127.0.0.1:\#(port)
      PidFile \#(folder.path("pid"))
      DefaultRuntimeDir \#(folder.url.path)
      ErrorLog \#(folder.path("error.log"))
      DocumentRoot \#(folder.url.path)
      LoadModule mpm_event_module modules/mod_mpm_event.so
      LoadModule authz_core_module modules/mod_authz_core.so
      LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" vhost_combined
      CustomLog \#(folder.path("log")) vhost_combined

      """#, to: "apache.conf")
    try serve("apache2", ["-X", "-f", folder.path("apache.conf")], port: port, log: "log")
    let (said, streams) = try read("apache.yaml", from: "log")
    #expect(
      said.contains(
        "apache: 3 of the first 4 lines of LOG are counted, as vhost_combined; 1 is kept out"))
    #expect(streams == ["apache:www.example.org"])
  }

  @Test(.enabled(if: SystemdTestbed.has("caddy"), "needs caddy"))
  func caddy() throws {
    let port = try freePort()
    try folder.write(
      """
      {
        admin off
        auto_https off
      }
      http://127.0.0.1:\(port) {
        log {
          output file \(folder.path("access.log"))
        }
        respond ok
      }

      """, to: "Caddyfile")
    try serve(
      "caddy", ["run", "--adapter", "caddyfile", "--config", folder.path("Caddyfile")], port: port,
      log: "access.log")
    let (said, streams) = try read("caddy.yaml", from: "access.log")
    #expect(
      said.contains("caddy: 2 of the first 4 lines of LOG are counted, as json; 2 are kept out"))
    #expect(streams == ["caddy:127.0.0.1:\(port)"])
  }

  @Test(.enabled(if: SystemdTestbed.has("haproxy"), "needs haproxy"))
  func haproxy() throws {
    let port = try freePort()
    try folder.write(haproxySettings(log: "stdout format raw", port: port), to: "haproxy.cfg")
    try serve("haproxy", ["-db", "-f", folder.path("haproxy.cfg")], port: port, log: "output")
    let (said, streams) = try read("haproxy.yaml", from: "output")
    #expect(
      said.contains(
        "haproxy: 3 of the first 4 lines of LOG are counted, as haproxy; 1 is kept out"))
    #expect(streams == ["haproxy:site"])
  }

  private static let postgres = "/usr/lib/postgresql/15/bin"

  @Test(
    .enabled(
      if: geteuid() == 0 && FileManager.default.isExecutableFile(atPath: postgres + "/postgres"),
      "needs root and PostgreSQL, of the package postgresql-15"))
  func postgresql() throws {
    try folder.write(
      #"""
      set -e
      cd "$1"
      mkdir data && chown postgres . data
      server() { setpriv --reuid postgres --regid postgres --clear-groups "$@" >>tool.log 2>&1 </dev/null; }
      server \#(Self.postgres)/initdb --no-sync --auth trust -D data
      printf '%s\n' "log_line_prefix = '%m [%p] '" "log_connections = on" "listen_addresses = ''" \
        "unix_socket_directories = '$1'" "log_timezone = 'Europe/Berlin'" "fsync = off" >>data/postgresql.conf
      server \#(Self.postgres)/pg_ctl -D data -l log -w start
      trap 'server \#(Self.postgres)/pg_ctl -D data -m immediate -w stop' EXIT
      psql -q -h "$1" -U postgres -c 'CREATE ROLE app LOGIN' -c 'CREATE DATABASE shop'
      psql -q -h "$1" -U app shop -c 'SELECT 1' -c 'SELECT
      no such column'  || :
      psql -q -h "$1" -U 'a@b LOG:  connection authorized: x' shop -c 'SELECT 1' || :

      """#, to: "play")
    let played = try SystemdTestbed.run(["/bin/bash", folder.path("play"), folder.url.path])
    let (said, streams) = try read("postgresql.yaml", from: "log")
    #expect(said.contains("postgresql: 1 of the first "), "\(said) after \(played.text)")
    #expect(streams == ["postgresql:shop"])
  }

  /// Goal: what the example names is what Traefik writes. There is no Traefik in Debian: these lines have the members
  /// of its reference, "Logs & Access Logs", in the order in which it writes them, and of headers the one that the
  /// example has it keep. Where no router takes a request, those of router, service and origin are absent.
  @Test func traefik() throws {
    func line(
      _ path: String, agent: String = "curl", status: Int = 200, isRouted: Bool = true
    ) -> String {
      let origin =
        isRouted
        ? #""OriginContentSize":12,"OriginDuration":1500000,"OriginStatus":\#(status),"# : ""
      let route =
        isRouted
        ? #""RouterName":"shop@docker","ServiceAddr":"192.0.2.20:8080","ServiceName":"shop@docker","ServiceURL":"http://192.0.2.20:8080","#
        : ""
      return
        #"{"ClientAddr":"192.0.2.7:40312","ClientHost":"192.0.2.7","ClientPort":"40312","ClientUsername":"-","DownstreamContentSize":12,"DownstreamStatus":\#(status),"Duration":1700000,\#(origin)"Overhead":200000,"RequestAddr":"shop.example.org","RequestContentSize":0,"RequestCount":4,"RequestHost":"shop.example.org","RequestMethod":"GET","RequestPath":"\#(path)","RequestPort":"-","RequestProtocol":"HTTP/2.0","RequestScheme":"https","RetryAttempts":0,\#(route)"StartLocal":"2026-03-02T10:15:04.123456789+01:00","StartUTC":"2026-03-02T09:15:04.123456789Z","TLSCipher":"TLS_AES_128_GCM_SHA256","TLSVersion":"1.3","entryPointName":"websecure","level":"info","msg":"","request_User-Agent":"\#(agent)","time":"2026-03-02T10:15:04+01:00"}"#
    }
    let lines = [
      line(#"/\",\"ServiceName\":\"forged\u001b[31m"#), line("/ping"),
      line("/", agent: "Examplebot/2.1"), line("/wp-login.php", status: 404, isRouted: false),
      line("/cart"),
    ]
    try folder.write(lines.map { $0 + "\n" }.joined(), to: "log")
    let (said, streams) = try read("traefik.yaml", from: "log")
    #expect(
      said.contains("traefik: 2 of the first 5 lines of LOG are counted, as json; 3 are kept out"))
    #expect(streams == ["traefik:shop@docker"])
  }

  private static let quadlet = ["/usr/libexec/podman/quadlet", "/usr/lib/podman/quadlet"]
    .first(where: FileManager.default.isExecutableFile)

  /// Goal: systemd generates a service from the quadlet, with every option that it sets.
  @Test(.enabled(if: quadlet != nil, "needs quadlet, of Podman 4.4 or newer: Debian 12 has 4.3"))
  func podmanMakesAServiceOfTheQuadlet() throws {
    let example = Example("podman/harbinger.container")
    let said = try SystemdTestbed.run([
      "/usr/bin/env", "QUADLET_UNIT_DIRS=\(example.url.deletingLastPathComponent().path)",
      try #require(Self.quadlet), "-dryrun",
    ])
    #expect(said.status == 0, "\(said.text)")
    for part in [
      "Type=notify", "--sdnotify=container", "--user 65534:4", "--read-only", "--cap-drop all",
      "--network none", "--security-opt=no-new-privileges", "localhost/harbinger run",
    ] { #expect(said.text.contains(part), "no \(part) in \(said.text)") }
  }

  /// Goal: no text that a stranger chose becomes a tag in a message to Matrix. Method: as matrix-hookshot runs the
  /// function, with the webhook's body as `data`.
  @Test(.enabled(if: SystemdTestbed.has("node"), "needs node, of the package nodejs"))
  func hookshotMakesAMessageOfAnAlert() throws {
    let function = try String(contentsOf: Example("harbinger-hookshot.js").url, encoding: .utf8)
    let hostile = #"A request to web:/<img src=x onerror=\"a()\"> & more is likely"#
    try folder.write(
      """
      let result
      const data = JSON.parse(`{"message": ${JSON.stringify(process.argv[2])}}`)
      \(function)
      process.stdout.write(JSON.stringify(result))

      """, to: "hookshot.js")
    let said = try SystemdTestbed.run([
      "/usr/bin/env", "node", folder.path("hookshot.js"), hostile,
    ])
    let result = try JSONSerialization.jsonObject(with: Data(said.text.utf8)) as? [String: Any]
    #expect(result?["version"] as? String == "v2" && result?["msgtype"] as? String == "m.notice")
    #expect(result?["plain"] as? String == hostile)
    let html = try #require(result?["html"] as? String)
    #expect(!html.contains("<") && html.contains("&lt;img") && html.contains("&amp; more"))
  }
}
