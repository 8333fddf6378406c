import Foundation
import Host
import Records

/// Logs of requests, and how they are read.
struct LogSurvey {
  struct Log {
    var path: String
    /// For the source; unique among them.
    var name: String
    var settings: ParserSettings
    /// Of formats that name no columns.
    var columns: [String]
    var infersZone: Bool
    /// Of the first lines, those that are counted.
    var countedCount: Int
    var lineCount: Int
    /// Of the first lines, in seconds since the epoch.
    var newest: Int64
  }

  private(set) var logs: [Log] = []
  /// Files that were looked at in vain, each with the reason.
  private(set) var refused: [(path: String, reason: String)] = []

  private let now: Int64
  private let zone: TimeZoneRules

  /// Where servers write their requests, on Debian and elsewhere.
  static let usualPlaces = [
    "/var/log/nginx/*access*log", "/var/log/apache2/*access*log", "/var/log/httpd/*access*log",
    "/var/log/caddy/*.log", "/var/log/lighttpd/*access*log", "/var/log/haproxy.log",
    "/var/log/traefik/*access*log", "/var/log/squid/access.log", "/var/log/*/*access*.log",
    "/var/log/*access*.log",
  ]
  private static let logsMax = 20
  /// A log that nobody wrote for so long is of a service that is gone.
  private static let ageSecondsMax: Int64 = 90 * 86_400

  /// - Parameter zone: For times without one, and of hours, days and weekends.
  init(now: Int64, zone: TimeZoneRules) {
    self.now = now
    self.zone = zone
  }

  /// Looks into the usual places.
  mutating func findUsual() {
    var seen: Set<String> = []
    for path in Self.usualPlaces.flatMap(FileAccess.matches) where seen.insert(path).inserted {
      guard let file = FileAccess.facts(of: path), file.size > 0,
        now - file.modifiedSeconds <= Self.ageSecondsMax
      else { continue }
      if logs.count < Self.logsMax { add(path) }
    }
  }

  /// Looks into a log: it is among `logs` or `refused` then.
  mutating func add(_ path: String) {
    if path.contains(where: { "*?[".contains($0) }) {
      refused.append((path, "settings would take its name for a pattern"))
      return
    }
    var reader = OneShotReader(sampleOf: path)
    guard let chunk = reader.advance() else {
      refused.append((path, reader.problems.first?.sentence ?? "there is no line in it"))
      return
    }
    var base = ParserSettings()
    base.timeZone = zone
    let detection = FormatDetection(
      sample: reader.lines, of: chunk.outline, now: now, base: base,
      compilePattern: Pattern.compile)
    guard let best = detection.candidates.first, 2 * best.counted >= best.lineCount else {
      refused.append((path, "its format is not known; see harbinger detect"))
      return
    }
    do throws(ParserSettingsError) {
      let parsed = try ParsedLines(
        sample: reader.lines, of: chunk.outline, now: now, settings: best.settings, limit: 5,
        compilePattern: Pattern.compile)
      let evidence = try ReadingEvidence(
        sample: reader.lines, of: chunk.outline, now: now, settings: best.settings,
        compilePattern: Pattern.compile)
      logs.append(
        Log(
          path: path, name: unusedName(for: path), settings: best.settings,
          columns: parsed.fieldNames, infersZone: evidence.inferred.contains(.zone),
          countedCount: best.counted, lineCount: best.lineCount, newest: best.times.upperBound))
    } catch {
      refused.append((path, "\(error)"))
    }
  }

  /// `nginx` of /var/log/nginx/access.log, `shop.access` of /srv/shop.access.log.
  private func unusedName(for path: String) -> String {
    let url = URL(filePath: path)
    let stem = url.deletingPathExtension().lastPathComponent
    let folder = url.deletingLastPathComponent().lastPathComponent
    let isGeneral = ["access", "access_log", "other_vhosts_access"].contains(stem)
    let wanted = isGeneral && !["log", "logs"].contains(folder) ? folder : stem
    let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    let name = String(wanted.map { allowed.contains($0) ? $0 : "-" }.prefix(60))
    let used = Set(logs.map(\.name))
    let base = name.isEmpty ? "log" : name
    return ([base] + (2...(logs.count + 2)).map { "\(base)-\($0)" }).first { !used.contains($0) }!
  }
}
