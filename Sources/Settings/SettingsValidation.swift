internal import Forecasting
internal import Host
internal import Records

extension DecodingContext {
  /// Reports values that are valid alone but not together.
  mutating func checkConsistency(
    _ settings: ServiceSettings, _ checkParser: (ParserSettings) throws(ParserSettingsError) -> Void
  ) {
    checkAlert(settings.alert, at: "alert", settings)
    for (index, override) in settings.alertOverrides.enumerated() {
      checkAlert(
        override.applied(to: settings.alert), at: "alert.overrides[\(index)]", settings)
    }
    checkRetention(settings)
    forbidSharedInputs(settings.sources)
    checkMember(settings)
    var indexOfName: [String: Int] = [:]
    for (index, source) in settings.sources.enumerated() {
      let path = "sources[\(index)]"
      requireKeys(of: source, path)
      if let first = indexOfName[source.name], has("\(path).name") {
        report(
          of: "\(path).name", found: "'\(source.name)' again",
          expected: "a name of its own (sources[\(first)] has this one)")
      } else if !source.name.isEmpty {
        indexOfName[source.name] = index
      }
      if !problems.contains(where: { $0.key?.hasPrefix(path) == true }) {
        do throws(ParserSettingsError) {
          try checkParser(settings.parser(of: source))
        } catch {
          report(of: error, in: source, path)
        }
      }
    }
  }

  /// Reports contradictions within the alert section, or between it and an override.
  private mutating func checkAlert(
    _ alert: AlertSettings, at path: String, _ settings: ServiceSettings
  ) {
    /// Reports the problem at the first of the keys that this section contains, unless one of them has a problem
    /// already. For an override that contains none of them, nothing is reported.
    func report(of keys: [String], found: String, expected: String) {
      let places = path == "alert" ? keys : keys.filter { $0.hasPrefix(path) }
      guard !keys.contains(where: { hasProblem(of: $0) }),
        path == "alert" || places.contains(where: has),
        let place = places.first(where: has) ?? places.last
      else { return }
      self.report(of: place, found: found, expected: expected)
    }
    if case .fixed(let threshold) = alert.threshold, alert.clear > threshold {
      report(
        of: ["\(path).clear", "\(path).threshold"],
        found: "a clear of \(alert.clear) above the threshold of \(threshold)",
        expected: "a clear that is at most the threshold")
    }
    if alert.threshold == .budget, alert.budgetPerDay == nil {
      report(
        of: ["\(path).budget_per_day", "\(path).threshold"],
        found: "a threshold by a budget, and no budget", expected: "a number of alerts")
    }
    if alert.leadHours.upperBound > settings.forecast.horizonHours {
      report(
        of: ["\(path).lead", "forecast.horizon"],
        found: "a lead of up to \(alert.leadHours.upperBound)h beyond the horizon of "
          + "\(settings.forecast.horizonHours)h",
        expected: "a lead within the horizon")
    }
  }

  private mutating func checkRetention(_ settings: ServiceSettings) {
    let needs = [
      ("training.history", settings.training.historyDays),
      ("retention.streams", settings.retention.streamDays),
    ]
    for (key, days) in needs where days > settings.retention.countDays {
      let keys = ["retention.counts", key]
      guard !keys.contains(where: { hasProblem(of: $0) }) else { continue }
      report(
        of: keys.first(where: has) ?? key,
        found:
          "counts that are kept for \(settings.retention.countDays)d, and a \(key) of \(days)d",
        expected: "counts that are kept for at least as long")
    }
  }

  private mutating func requireKeys(of source: SourceSettings, _ path: String) {
    requireOneOrigin(of: source, path)
    if hasProblem(of: "\(path).format") { return }
    let format = source.format
    let demands: [(key: String, isSet: Bool, setting: FormatDefinition.Setting)] = [
      ("pattern", source.pattern != nil, .pattern),
      ("columns", source.columns != nil, .columns),
      ("separator", source.separator != nil, .separator),
      ("time.start", source.timeStart != nil, .timeStart),
      ("time.field", source.timeField != nil, .timeField),
      ("time.layout", source.timeLayout != nil, .timeLayout),
    ]
    for (key, isSet, setting) in demands where !hasProblem(of: "\(path).\(key)") {
      if isSet, !format.options.contains(setting) {
        report(
          of: "\(path).\(key)", found: "a value",
          expected: "none with the format \(format.name), which settles it")
      } else if !isSet, setting == .pattern, format.options.contains(setting) {
        report(
          of: "\(path).\(key)", found: "nothing", expected: "it with the format \(format.name)")
      }
    }
  }

  /// Reports what a partition could not take along to another member.
  private mutating func checkMember(_ settings: ServiceSettings) {
    guard let index = settings.sources.firstIndex(where: { $0.kafka?.stateTopic != nil }) else {
      return
    }
    let path = "sources[\(index)]"
    if settings.sources.count > 1 {
      report(
        of: "\(path).kafka.state_topic", found: "it beside other sources",
        expected: "it as the only source, as all of its state moves with its partitions")
    }
    if settings.sources[index].start == .end {
      report(
        of: "\(path).start", found: "end",
        expected:
          "beginning with a state_topic, as whoever is given a partition counts the same records")
    }
  }

  private mutating func forbidSharedInputs(_ sources: [SourceSettings]) {
    for (index, source) in sources.enumerated() {
      let input = source.origin.exclusiveInput
      guard input != nil,
        sources[..<index].contains(where: { $0.origin.exclusiveInput == input }),
        let key = source.origins.first(where: { $0.origin != nil })?.key
      else { continue }
      report(
        of: "sources[\(index)].\(key)",
        found: "what another source has", expected: "one of its own, as it can be read only once")
    }
  }

  private mutating func requireOneOrigin(of source: SourceSettings, _ path: String) {
    let origins = source.origins
    if origins.contains(where: { hasProblem(of: "\(path).\($0.key)") }) { return }
    let set = origins.filter { $0.origin != nil }
    if set.isEmpty {
      report(
        of: "\(path).files", found: "nothing",
        expected:
          "every source to have it, or \(origins.dropFirst().map(\.key).joined(separator: " or "))")
    }
    for (key, _) in set.dropFirst() {
      report(of: "\(path).\(key)", found: "a value", expected: "none beside \(set[0].key)")
    }
    if source.files.count > 1, source.files.contains("-") {
      report(of: "\(path).files", found: "'-' among others", expected: "'-' by itself, or files")
    }
  }

  /// Reports an error that only making a parser can find.
  private mutating func report(
    of error: ParserSettingsError, in source: SourceSettings, _ path: String
  ) {
    let key =
      switch error.setting {
      case .format: source.format.options.contains(.pattern) ? "pattern" : "format"
      case .timeField: "time.field"
      case .timeLayout: "time.layout"
      case .key: "key"
      case .include(let index): "include.\(source.include[index].field)"
      case .exclude(let index): "exclude.\(source.exclude[index].field)"
      }
    let found = String(escapedForDisplay: error.found, limit: 60)
    report(of: "\(path).\(key)", found: "'\(found)'", expected: error.expected)
  }
}
