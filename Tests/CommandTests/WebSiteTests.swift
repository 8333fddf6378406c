import Foundation
import HTMLReport
import Host
import Monitoring
import Storage
import TestSupport
import Testing
import harbinger

/// Who may read which pages.
struct WebSiteTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func site(knownHosts: [String]? = ["localhost", "[::1]"]) -> WebSite {
    WebSite(
      statusPath: folder.path("status.json"), knownHosts: knownHosts,
      makeReport: { "<p>report</p>" })
  }

  private func get(
    _ path: String, host: String? = "localhost:8710", origin: String? = nil, method: String = "GET"
  ) -> WebRequest {
    WebRequest(method: method, path: path, host: host, origin: origin)
  }

  /// Goal: a foreign web page whose name resolves to this machine (DNS rebinding) can read nothing. Method: requests as
  /// browsers then send them, and requests of this site.
  @Test func strangersGetNothing() throws {
    try folder.write("{}", to: "status.json")
    let site = site()
    #expect(site.answer(get("/status.json")).status == 200)
    #expect(site.answer(get("/status.json", host: "LOCALHOST")).status == 200)
    #expect(site.answer(get("/status.json", host: "[::1]:8710")).status == 200)
    #expect(
      site.answer(get("/status.json", origin: "http://localhost:8710")).status == 200)
    for host in ["evil.example", "evil.example:8710", "localhost.evil.example", "", nil] {
      #expect(site.answer(get("/status.json", host: host)).status == 421)
    }
    for origin in ["http://evil.example", "null", "http://localhost"] {
      #expect(site.answer(get("/status.json", origin: origin)).status == 403)
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
      #expect(site.answer(get("/status.json", method: method)).status == 405)
    }
    // Behind a socket of the file system, its permissions decide.
    #expect(self.site(knownHosts: nil).answer(get("/status.json", host: "x")).status == 200)
  }

  @Test func everyAnswerForbidsScripts() {
    for path in ["/", "/status.json", "/metrics", "/healthz", "/nothing"] {
      let headers = Dictionary(
        site().answer(get(path)).headers.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
      #expect(headers["Content-Security-Policy"]?.hasPrefix("default-src 'none'") == true)
      #expect(headers["X-Content-Type-Options"] == "nosniff")
    }
  }

  @Test func anAbsentDaemonIsReported() {
    for path in ["/", "/status.json", "/metrics", "/healthz"] {
      let answer = site().answer(get(path))
      #expect(answer.status == 503)
      #expect(String(decoding: answer.body, as: UTF8.self).contains("harbinger is not running"))
    }
    #expect(site().answer(get("/nothing")).status == 404)
  }

  @Test func reportIsRenewedWithTheStatus() throws {
    try folder.write("{}", to: "status.json")
    var made = 0
    let site = WebSite(statusPath: folder.path("status.json"), knownHosts: nil) {
      made += 1
      return "report \(made)"
    }
    func page() -> String { String(decoding: site.answer(get("/")).body, as: UTF8.self) }
    #expect(page() == "report 1" && page() == "report 1")
    try folder.write("{ }", to: "status.json")
    #expect(page() == "report 2")
  }

  /// Goal: the state's integrity is checked when its file has changed, and not for each page. Method: a checksum is
  /// changed in the write-ahead log beside the file; then the log is moved to the file.
  @Test func aStateIsCheckedWhenItsFileHasChanged() throws {
    let path = folder.path("state.sqlite")
    let state = try StateFile(path: path)
    var changes = Changes()
    changes.counts[.init(stream: "web", hour: 480_000)] = 1
    try state.commit(changes)
    var reports = StateReports(stream: nil)
    _ = try reports.page(ofStateAt: path)
    let change = "UPDATE count_seal SET value = 7"
    let result = try ChildProcess.run([
      "python3", "-c", "import sqlite3; sqlite3.connect('\(path)').executescript('\(change)')",
    ])
    #expect(result.status == 0)
    _ = try reports.page(ofStateAt: path)
    var others = StateReports(stream: nil)
    #expect(throws: StateFileError.self) { _ = try others.page(ofStateAt: path) }
    state.close()
    #expect(throws: StateFileError.self) { _ = try reports.page(ofStateAt: path) }
  }
}
