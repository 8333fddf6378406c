import Arithmetic
package import Foundation
import Records

/// A status as a monitoring system asks for it: one line, performance data, and a code.
///
/// - Source: Monitoring Plugins, "Development Guidelines": output and return codes.
package struct StatusCheck {
  /// The exit codes of monitoring plugins.
  package enum Verdict: Int32 {
    case ok = 0
    case warning = 1
    case critical = 2
    case unknown = 3
  }

  package let verdict: Verdict
  package let line: String

  /// The status is written at least at every hour's end; one so old is of a daemon that is gone.
  private static let ageSecondsMax = 75 * 60
  /// So much unread is more than a burst.
  private static let lagBytesMax = 64 << 20

  /// - Parameter isRunning: Whether the process that wrote it is still there.
  package init(_ report: StatusReport, isRunning: Bool = true, now: Date) {
    let written = (try? Date(report.written, strategy: .iso8601)) ?? .distantPast
    let age = Int(now.timeIntervalSince(written))
    var critical = report.problems
    if age > Self.ageSecondsMax {
      critical.insert("the status was written \(age / 60) minutes ago", at: 0)
    }
    if !isRunning { critical.insert("process \(report.pid) is gone", at: 0) }
    var warnings = report.sources.flatMap { source in
      source.problems.map { "\(source.name): \($0)" }
    }
    for source in report.sources {
      if source.isStalled {
        warnings.append(
          "\(source.name): no lines for \(source.silentHours) hours although requests were expected"
        )
      }
      if source.lagBytes > Self.lagBytesMax {
        warnings.append("\(source.name): \(source.lagBytes) bytes to read")
      }
    }
    if report.training.isDegraded {
      warnings.append("the network forecasts worse than the baselines")
    }
    warnings += report.actions.failures.sorted { $0.key < $1.key }.map {
      "\($0.key) failed: \($0.value)"
    }
    verdict = !critical.isEmpty ? .critical : !warnings.isEmpty ? .warning : .ok
    let found = critical + warnings
    let summary =
      found.isEmpty
      ? Decimals.counted(report.totals.streams, "stream") + ", "
        + Decimals.counted(report.training.runs, "training run")
        + (report.catchUp.map { "; catching up with old lines: \($0.sentence)" } ?? "")
      : found.joined(separator: "; ")
    line = Self.line(verdict, summary, perfdata: Self.perfdata(report, ageSeconds: age))
  }

  /// There is nothing to judge.
  package init(unknown reason: String) { self.init(.unknown, reason) }

  /// A judgement without performance data.
  package init(_ verdict: Verdict, _ reason: String) {
    self.verdict = verdict
    line = Self.line(verdict, reason, perfdata: [])
  }

  private static func line(_ verdict: Verdict, _ summary: String, perfdata: [String]) -> String {
    // A bar would begin the performance data.
    let text = String(escapedForDisplay: summary, limit: 1_024)
      .replacingOccurrences(of: "|", with: "/")
    let head = "HARBINGER \("\(verdict)".uppercased()) - \(text)"
    return perfdata.isEmpty ? head : "\(head) | \(perfdata.joined(separator: " "))"
  }

  private static func perfdata(_ report: StatusReport, ageSeconds: Int) -> [String] {
    func sum(_ value: (StatusReport.Source) -> Int) -> Int {
      report.sources.reduce(0) { $0 + value($1) }
    }
    return [
      "age=\(ageSeconds)s;;\(ageSecondsMax)", "lines=\(sum(\.lines))c",
      "rejected=\(sum { $0.rejected.values.reduce(0) { $0 + $1.count } })c",
      "lag=\(sum(\.lagBytes))B;\(lagBytesMax)", "memory=\(report.residentBytes)B",
      "state=\(report.stateBytes)B",
    ]
  }
}
