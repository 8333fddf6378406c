internal import Records

/// One request of the made-up log.
struct SampleRequest {
  enum Kind {
    case upload(bytes: Int)
    case person(number: Int, page: Int, bytes: Int)
    case report(part: Int)
    case scanner(host: Int, probe: Int)
    case healthCheck
  }

  /// Since the day began.
  let second: Int
  /// Among the requests of the same second.
  let order: Int
  let kind: Kind

  static let pages = [
    "/", "/login", "/projects", "/projects/7", "/projects/7/files", "/search?q=report",
    "/static/app.css", "/static/app.js",
  ]

  static let probes: [(request: String, agent: String)] = [
    ("GET /.env HTTP/1.1", "curious/0.1 (synthetic scanner)"),
    ("GET /wp-login.php HTTP/1.1", "curious/0.1 (synthetic scanner)"),
    ("GET /phpmyadmin/index.php HTTP/1.1", "rude-bot/3 (synthetic scanner; ignores robots.txt)"),
    ("POST /cgi-bin/luci HTTP/1.1", "-"),
    (#"GET /?x=\x22%3Cscript%3E HTTP/1.1"#, #"\x22><script>alert(1)</script> (synthetic)"#),
    (#"\x16\x03\x01\x00\xF1\x01"#, "-"),
  ]

  private static let browsers = [
    "ExampleBrowser/12.1 (synthetic; Linux)", "ExampleBrowser/12.1 (synthetic; Windows)",
    "PocketBrowser/4 (synthetic; phone)",
  ]

  /// The line in the combined log format, with its line feed.
  func line(on day: Int) -> String {
    let (host, request, status, bytes, referer, agent) = fields
    return
      #"\#(host) - - [\#(stamp(on: day))] "\#(request)" \#(status) \#(bytes) "\#(referer)" "\#(agent)"\#n"#
  }

  private typealias Fields = (
    host: String, request: String, status: Int, bytes: Int, referer: String, agent: String
  )

  private var fields: Fields {
    switch kind {
    case .upload(let bytes):
      (
        "192.0.2.10", "POST /upload/backup HTTP/1.1", 201, bytes, "-",
        "nightly-backup/2.4 (synthetic)"
      )
    case .person(let number, let page, let bytes):
      (
        "198.51.100.\(20 + number)", "GET \(Self.pages[page]) HTTP/1.1", 200, bytes,
        "https://files.example.org/", Self.browsers[number % Self.browsers.count]
      )
    case .report(let part):
      (
        "192.0.2.20", "GET /reports/monthly?part=\(part) HTTP/1.1", 200, 120_000, "-",
        "report-job/1.1 (synthetic)"
      )
    case .scanner(let host, let probe):
      ("203.0.113.\(host)", Self.probes[probe].request, 404, 153, "-", Self.probes[probe].agent)
    case .healthCheck:
      ("192.0.2.1", "GET /healthz HTTP/1.1", 200, 2, "-", "health-check/1.0 (synthetic)")
    }
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private func stamp(on day: Int) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = CivilDate(daysSinceEpoch: day)
    let time = "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
    return "\(two(date.day))/\(Self.months[date.month - 1])/\(date.year):\(time) +0000"
  }
}
