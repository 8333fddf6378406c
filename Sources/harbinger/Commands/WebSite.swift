import Foundation
package import Host
import Reporting

/// The pages, and who may see them.
package final class WebSite {
  private let statusPath: String
  /// Names in a request's Host; nil: any.
  private let knownHosts: Set<String>?
  private let makeReport: () throws -> String
  /// The report, and the status beside which it was made.
  private var report: (html: [UInt8], statusBytes: [UInt8])?

  /// - Parameters:
  ///   - knownHosts: Names that a request's Host may have; nil: any, as behind a socket of the file system.
  ///   - makeReport: The page, as HTML.
  package init(
    statusPath: String, knownHosts: [String]?, makeReport: @escaping () throws -> String
  ) {
    self.statusPath = statusPath
    self.knownHosts = knownHosts.map { Set($0.map { $0.lowercased() }) }
    self.makeReport = makeReport
  }

  /// Only GET and HEAD, and only to whom asks for this site by a name of its own.
  package func answer(_ request: WebRequest) -> WebResponse {
    var response = content(request)
    response.headers += [
      ("Content-Security-Policy", Self.policy), ("X-Content-Type-Options", "nosniff"),
      ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
      ("Cache-Control", "no-store"),
      ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
    return response
  }

  /// The report has styles of its own, and no script.
  private static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    + "frame-ancestors 'none'"

  private func content(_ request: WebRequest) -> WebResponse {
    guard request.method == "GET" || request.method == "HEAD" else {
      var response = WebResponse(status: 405, "only GET and HEAD are answered")
      response.headers = [("Allow", "GET, HEAD")]
      return response
    }
    // A page elsewhere may have a name of its own lead to this machine, and read what it gets.
    if let knownHosts, !knownHosts.contains(Self.name(request.host)) {
      return WebResponse(status: 421, "unknown Host: see harbinger web --host")
    }
    if let origin = request.origin, origin != "http://\(request.host ?? "")",
      origin != "https://\(request.host ?? "")"
    {
      return WebResponse(status: 403, "not for other sites")
    }
    do {
      switch request.path {
      case "/": return try reportPage()
      case "/status.json":
        return WebResponse(contentType: "application/json", body: try statusBytes())
      case "/metrics": return try metrics(request)
      case "/healthz": return health()
      default: return WebResponse(status: 404, "/, /status.json, /metrics and /healthz are here")
      }
    } catch {
      return WebResponse(status: 503, "\(error)")
    }
  }

  /// A Host without its port.
  private static func name(_ host: String?) -> String {
    let host = (host ?? "").lowercased()
    guard let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") else { return host }
    return String(host[..<colon])
  }

  private struct Unavailable: Error, CustomStringConvertible { let description: String }

  private func statusBytes() throws -> [UInt8] {
    guard let bytes = try SmallFile.read(statusPath, limitBytes: StatusCommand.bytesMax) else {
      throw Unavailable(description: "harbinger is not running: there is no status file")
    }
    return bytes
  }

  /// Made anew when the daemon has published something.
  private func reportPage() throws -> WebResponse {
    let status = try statusBytes()
    if report?.statusBytes != status { report = (Array(try makeReport().utf8), status) }
    return WebResponse(contentType: "text/html; charset=utf-8", body: report?.html ?? [])
  }

  private func metrics(_ request: WebRequest) throws -> WebResponse {
    let status = try StatusReport(json: statusBytes())
    guard request.accept?.contains("application/openmetrics-text") == true else {
      return WebResponse(
        contentType: "text/plain; version=0.0.4; charset=utf-8",
        body: Array(PrometheusText(status).text.utf8))
    }
    return WebResponse(
      contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
      body: Array(PrometheusText(status, .openMetrics).text.utf8))
  }

  private func health() -> WebResponse {
    do {
      let check = try StatusCheck(file: statusBytes())
      return WebResponse(status: check.verdict == .critical ? 503 : 200, check.line)
    } catch {
      return WebResponse(status: 503, StatusCheck(unknown: "\(error)").line)
    }
  }
}
