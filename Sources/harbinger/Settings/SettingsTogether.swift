internal import Forecasting
internal import Records

extension Reading {
  /// Complains of values that are right alone and wrong together.
  mutating func checkTogether(
    _ settings: Settings, _ checkParser: (ParserSettings) throws(ParserSettingsError) -> Void
  ) {
    if !has("sources") {
      complain(of: "sources", found: "nothing", expected: "a list of 1 to 1000 sections")
    }
    if settings.alert.clear > settings.alert.threshold, !hasProblem(of: "alert.clear"),
      !hasProblem(of: "alert.threshold")
    {
      complain(
        of: has("alert.clear") ? "alert.clear" : "alert.threshold",
        found: "a clear of \(settings.alert.clear) above the threshold of "
          + "\(settings.alert.threshold)",
        expected: "a clear that is at most the threshold")
    }
    if settings.alert.leadHours.upperBound > settings.forecast.horizonHours,
      !hasProblem(of: "alert.lead"), !hasProblem(of: "forecast.horizon")
    {
      complain(
        of: has("alert.lead") ? "alert.lead" : "forecast.horizon",
        found: "a lead of up to \(settings.alert.leadHours.upperBound)h beyond the horizon of "
          + "\(settings.forecast.horizonHours)h",
        expected: "a lead within the horizon")
    }
    forbidSharedInlets(settings.sources)
    var indexOfName: [String: Int] = [:]
    for (index, source) in settings.sources.enumerated() {
      let path = "sources[\(index)]"
      requireKeys(of: source, path)
      if let first = indexOfName[source.name], has("\(path).name") {
        complain(
          of: "\(path).name", found: "'\(source.name)' again",
          expected: "a name of its own (sources[\(first)] has this one)")
      } else if !source.name.isEmpty {
        indexOfName[source.name] = index
      }
      if !problems.contains(where: { $0.key?.hasPrefix(path) == true }) {
        do throws(ParserSettingsError) {
          try checkParser(settings.parser(of: source))
        } catch {
          complain(of: error, in: source, path)
        }
      }
    }
  }

  private mutating func requireKeys(of source: SourceSettings, _ path: String) {
    if !has("\(path).name") {
      complain(of: "\(path).name", found: "nothing", expected: "every source to have it")
    }
    requireOneOrigin(of: source, path)
    if hasProblem(of: "\(path).format") { return }
    let format = source.format
    let isTable = format == .csv || format == .tsv
    let namesFields = isTable || [.json, .regex, .logfmt, .nginx, .apache].contains(format)
    let demands: [(key: String, isSet: Bool, isNeeded: Bool, isAllowed: Bool)] = [
      ("pattern", source.pattern != nil, format.needsPattern, format.needsPattern),
      ("columns", source.columns != nil, false, isTable),
      ("separator", source.separator != nil, false, format == .csv),
      ("time.start", source.timeStart != nil, false, format == .swf),
      ("time.field", source.timeField != nil, false, namesFields),
      ("time.layout", source.timeLayout != nil, false, namesFields || format == .epoch),
    ]
    for (key, isSet, isNeeded, isAllowed) in demands where !hasProblem(of: "\(path).\(key)") {
      if isNeeded, !isSet {
        complain(
          of: "\(path).\(key)", found: "nothing", expected: "it with the format \(format.rawValue)")
      } else if isSet, !isAllowed {
        complain(
          of: "\(path).\(key)", found: "a value",
          expected: "none with the format \(format.rawValue), which settles it")
      }
    }
  }

  private mutating func forbidSharedInlets(_ sources: [SourceSettings]) {
    for (index, source) in sources.enumerated() {
      let inlet = source.inlet
      guard inlet != nil, sources[..<index].contains(where: { $0.inlet == inlet }) else { continue }
      complain(
        of: "sources[\(index)].\(source.socket == nil ? "files" : "socket")",
        found: "what another source has", expected: "one of its own, as it can be read only once")
    }
  }

  private mutating func requireOneOrigin(of source: SourceSettings, _ path: String) {
    let origins: [(key: String, isSet: Bool)] = [
      ("files", !source.files.isEmpty), ("journal", source.journal != nil),
      ("socket", source.socket != nil),
    ]
    if origins.contains(where: { hasProblem(of: "\(path).\($0.key)") }) { return }
    let set = origins.filter(\.isSet)
    if set.isEmpty {
      complain(
        of: "\(path).files", found: "nothing",
        expected: "every source to have it, or journal or socket")
    }
    for (key, _) in set.dropFirst() {
      complain(of: "\(path).\(key)", found: "a value", expected: "none beside \(set[0].key)")
    }
    if source.files.count > 1, source.files.contains("-") {
      complain(of: "\(path).files", found: "'-' among others", expected: "'-' by itself, or files")
    }
  }

  /// What only the parser itself can know, it says itself.
  private mutating func complain(
    of error: ParserSettingsError, in source: SourceSettings, _ path: String
  ) {
    let key =
      switch error.setting {
      case .format: source.format.needsPattern ? "pattern" : "format"
      case .timeField: "time.field"
      case .timeLayout: "time.layout"
      case .key: "key"
      case .include(let index): "include.\(source.include[index].field)"
      case .exclude(let index): "exclude.\(source.exclude[index].field)"
      }
    let found = String(escapedForDisplay: error.found, limit: 60)
    complain(of: "\(path).\(key)", found: "'\(found)'", expected: error.expected)
  }
}
