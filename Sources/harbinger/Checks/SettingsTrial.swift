import Foundation
import Host
import Interchange
import Records
import Reporting
import Settings

/// What the settings name, tried out by this process: whether logs read as they say, and whether the actions of
/// alerts could be taken. Nothing is started or sent.
struct SettingsTrial {
  struct Finding: Equatable {
    var sentence: String
    var isProblem = false
  }

  private(set) var findings: [Finding] = []

  private let settings: ServiceSettings
  private let now: Int64

  init(_ settings: ServiceSettings, now: Int64) {
    self.settings = settings
    self.now = now
    for source in settings.sources { tryOut(source) }
    tryActions()
  }

  var hasProblem: Bool { findings.contains(where: \.isProblem) }

  private mutating func report(_ subject: String, _ sentence: String, isProblem: Bool = false) {
    let shown = String(escapedForDisplay: sentence, limit: 1_000)
    findings.append(Finding(sentence: "\(subject): \(shown)", isProblem: isProblem))
  }

  /// What does not stand in the lines.
  private mutating func report(
    _ inferred: InferredTime, unread: UnreadZone? = nil, of source: SourceSettings
  ) {
    for sentence in inferred.sentences(zone: source.timeZone.name, unread: unread) {
      report(source.name, sentence)
    }
  }

  // MARK: - Sources

  private mutating func tryOut(_ source: SourceSettings) {
    if let journal = source.journal, journal.hasEntry == false {
      report(source.name, "the journal has no entry of these yet; is the unit's name complete?")
    }
    if let topic = source.kafka { return tryOut(topic, of: source) }
    let parserSettings = settings.parser(of: source)
    guard let path = Self.newestFile(of: source) else {
      return report(parserSettings.mayInfer, of: source)
    }
    var reader = OneShotReader(sampleOf: path, maxLineBytes: source.maxLineBytes)
    guard let chunk = reader.advance() else {
      if let problem = reader.problems.first {
        report(source.name, problem.sentence, isProblem: true)
      } else {
        report(source.name, "\(path) has no line yet")
        report(parserSettings.mayInfer, of: source)
      }
      return
    }
    tryOut(reader.lines, from: path, chunk.outline, of: source)
  }

  /// - Parameter place: Where they stand.
  private mutating func tryOut(
    _ lines: RawSpan, _ keys: RecordKeys? = nil, from place: String, _ outline: FileOutline?,
    of source: SourceSettings
  ) {
    // The settings were read, so they make a parser.
    guard
      var parser = try? RecordParser(
        settings: settings.parser(of: source), compilePattern: Pattern.compile)
    else { return }
    if let outline { parser.beginFile(outline) }
    var batch = RecordBatch()
    parser.parse(lines, keys: keys, now: now, into: &batch)
    let sample = ReadSample(batch, unmatched: source.unmatched)
    if sample.isReadable {
      report(
        source.name, sample.sentence(place, as: source.format.name, in: source.timeZone))
      report(batch.inferred, unread: UnreadZone(in: lines, now: now), of: source)
    } else {
      let better = FormatDetection(
        sample: lines, of: outline, now: now, compilePattern: Pattern.compile
      ).candidates.first?.settings.format.name
      report(
        source.name, sample.problem(place, as: source.format.name, better: better),
        isProblem: true)
    }
  }

  private mutating func tryOut(_ topic: KafkaTopic, of source: SourceSettings) {
    // What keeps it from being opened at all was said of the settings.
    if topic.obstacle != nil { return }
    let sample = topic.sample(maxLineBytes: source.maxLineBytes)
    if let problem = sample.problem {
      let advice = sample.isOutOfReach ? "; the unit needs kafka.conf for the network" : ""
      return report(source.name, problem.sentence + advice, isProblem: true)
    }
    let count = sample.partitionCount
    report(
      source.name, "the topic \(topic.topic) has \(count) partition\(count == 1 ? "" : "s")")
    if let stateTopic = topic.stateTopic {
      do {
        _ = try topic.sharedPartitionCount()
        report(source.name, "the topic of the states, \(stateTopic), has as many")
      } catch {
        report(source.name, "\(error)", isProblem: true)
      }
    }
    if sample.lines.isEmpty {
      report(source.name, "the topic \(topic.topic) has no record yet")
    } else {
      tryOut(
        sample.lines.span.bytes, sample.keys, from: "the topic \(topic.topic)", nil, of: source)
    }
  }

  /// The one that was written last, of those that can be read.
  private static func newestFile(of source: SourceSettings) -> String? {
    let paths = source.files.filter { $0 != "-" }.flatMap(FileAccess.matches)
    return paths.filter { FileAccess.obstacle(to: $0) == nil }
      .map { (modified: FileAccess.facts(of: $0)?.modifiedSeconds ?? 0, path: $0) }
      .max { $0 < $1 }?.path
  }

  // MARK: - Actions

  private mutating func tryActions() {
    let actions = settings.actions
    if let pattern = actions.startUnit {
      let stream = ServiceManager.escaped(settings.sources.first?.name ?? "")
      let unit = pattern.replacing("%i", with: stream)
      do throws(ServiceManager.Failure) {
        try ServiceManager.check(unit: unit)
        report("start_unit", "systemd knows \(unit)")
      } catch {
        // Nothing was to be started.
        let sentence =
          if case .refused(let unit, let reason) = error {
            "systemd does not say whether there is \(unit): \(reason)"
          } else { "\(error)" }
        report("start_unit", sentence, isProblem: true)
      }
    }
    if let program = actions.exec.first {
      if let path = ProcessFacts.programPath(program) {
        report("exec", "\(path) can be run")
      } else {
        report("exec", "no program \(program) that can be run from here", isProblem: true)
      }
    }
    if let webhook = actions.webhook { tryWebhook(webhook) }
  }

  private mutating func tryWebhook(_ text: String) {
    if ProcessFacts.programPath("curl") == nil {
      report("webhook", "curl is not installed, which sends it", isProblem: true)
    }
    if let secret = settings.actions.webhookSecret {
      do { _ = try Webhook.secret(in: secret) } catch {
        report("webhook_secret", "\(error)", isProblem: true)
      }
    }
    guard let url = URL(string: text), let host = url.host() else { return }
    let port = url.port ?? (url.scheme == "http" ? 80 : 443)
    if let problem = Reachability.problem(host: host, port: port) {
      report(
        "webhook",
        "\(host) port \(port) cannot be reached: \(problem); the unit needs webhook.conf for the network",
        isProblem: true)
    } else {
      report("webhook", "\(host) port \(port) can be reached")
    }
  }
}

/// How the lines of a sample were read.
private struct ReadSample {
  private let batch: RecordBatch
  private let countedCount: Int
  /// Without headers.
  private let lineCount: Int

  init(_ batch: RecordBatch, unmatched: ParserSettings.UnmatchedLines) {
    self.batch = batch
    countedCount = batch.segments.flatMap(\.tallies).reduce(0) { $0 + $1.count }
    let ownCount = batch.lineCount - batch.headerCount
    // Lines that all continue another one are in another format.
    lineCount = ownCount == 0 && unmatched == .continuation ? batch.lineCount : ownCount
  }

  /// Half of it and more are in the format, and some of that is counted.
  var isReadable: Bool {
    lineCount == 0 || countedCount > 0 && 2 * (countedCount + batch.filteredCount) >= lineCount
  }

  func sentence(_ path: String, as format: String, in zone: TimeZoneRules) -> String {
    if lineCount == 0 { return "\(path) has headers only" }
    var text =
      "\(countedCount) of the first \(lineCount) lines of \(path) are counted, as \(format)"
    if batch.filteredCount > 0 {
      text +=
        "; \(batch.filteredCount) \(batch.filteredCount == 1 ? "is" : "are") kept out by the settings"
    }
    if let newest = batch.segments.last?.watermark {
      text += "; up to \(LocalTime(newest, in: zone).text)"
    }
    return text
  }

  func problem(_ path: String, as format: String, better: String?) -> String {
    if batch.filteredCount == lineCount {
      return "include and exclude keep out all of the first \(lineCount) lines of \(path)"
    }
    let worst = batch.rejections.max { $0.value.count < $1.value.count }
    let share = "\(countedCount) of the first \(lineCount) lines of \(path) are \(format)"
    if worst?.key == .future {
      return share + ", \(worst?.value.count ?? 0) are ahead of the clock: is time_zone right?"
    }
    let reason = worst.map { ", \($0.value.count) are rejected as \($0.key.rawValue)" } ?? ""
    let advice = better.map { $0 == format ? "" : "; they look like \($0)" } ?? ""
    // A topic is no file that could be named there.
    let hint = path.hasPrefix("/") ? ": see harbinger detect \(path)" : ""
    return share + reason + advice + hint
  }
}
