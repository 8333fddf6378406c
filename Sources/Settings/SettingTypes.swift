import Forecasting
import Records
internal import Yams

// The types used by the tables in `SettingsKeys.swift`.

extension SettingType where Value == Double {
  static func number(_ range: ClosedRange<Double>) -> Self {
    let shown = "\(text(range.lowerBound)) to \(text(range.upperBound))"
    return Self(plain: "a number from \(shown)", .number(range), show: text) { parsed($0, range) }
  }

  fileprivate static func parsed(_ written: String, _ range: ClosedRange<Double>) -> Double? {
    // Excludes `inf`, `nan` and `0x10`, which `Double` accepts.
    guard written.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) })
    else { return nil }
    return Double(written).flatMap { range.contains($0) ? $0 : nil }
  }

  /// The shortest text that parses to the same number.
  fileprivate static func text(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension SettingType where Value: FixedWidthInteger {
  static func integer(_ range: ClosedRange<Value>) -> Self {
    Self(
      plain: "a whole number from \(range.lowerBound) to \(range.upperBound)", .integer(range),
      show: { "\($0)" },
      parse: { written in
        Value(written).flatMap { range.contains($0) ? $0 : nil }
      })
  }
}

extension SettingType where Value == TrainingSettings.Penalty {
  static var penalty: Self {
    let weights = SettingType<Double>.self
    let range = 0.01...10_000.0
    return Self(
      plain: "a number from 0.01 to 10000, or balanced",
      .anyOf([.number(range), .choice(["balanced"])]),
      show: { penalty in
        switch penalty {
        case .weight(let weight): weights.text(weight)
        case .balanced: "balanced"
        }
      },
      parse: { written in
        if written == "balanced" { return .balanced }
        return Double(written).flatMap { range.contains($0) ? .weight($0) : nil }
      })
  }
}

extension SettingType where Value == AlertSettings.Threshold {
  static var threshold: Self {
    Self(
      plain: "a number from 0 to 1, costs or budget",
      .anyOf([.number(0...1), .choice(["costs", "budget"])]),
      show: { threshold in
        switch threshold {
        case .fixed(let number): SettingType<Double>.text(number)
        case .costs: "costs"
        case .budget: "budget"
        }
      },
      parse: { written in
        switch written {
        case "costs": .costs
        case "budget": .budget
        default: SettingType<Double>.parsed(written, 0...1).map { .fixed($0) }
        }
      })
  }
}

/// Parses `07:30` to minutes since midnight.
private func minuteOfDay(_ text: Substring) -> Int? {
  let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
  guard parts.map(\.count) == [2, 2],
    parts.allSatisfy({ $0.allSatisfy { (48...57).contains($0) } })
  else { return nil }
  let numbers = parts.map { $0.reduce(0) { $0 * 10 + Int($1 - 48) } }
  return numbers[0] < 24 && numbers[1] < 60 ? 60 * numbers[0] + numbers[1] : nil
}

extension SettingType where Value == AlertSettings.QuietHours {
  static var quietHours: Self {
    func text(_ minute: Int) -> String {
      [minute / 60, minute % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
    return Self(
      text: "a part of the day such as 22:00-07:00",
      .text(pattern: "^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$"),
      show: { yaml("\(text($0.startMinute))-\(text($0.endMinute))") },
      parse: { written, _ in
        let ends = written.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let start = minuteOfDay(ends[0]),
          let end = minuteOfDay(ends[1]), start != end
        else { return nil }
        return .init(startMinute: start, endMinute: end)
      })
  }
}

extension SettingType where Value == Int64 {
  /// A time in seconds since the epoch, written as `2026-12-24T18:00Z`.
  static var instant: Self {
    Self(
      text: "a time in UTC such as 2026-12-24T18:00Z",
      .text(pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z$"),
      show: { yaml(UTCTime(seconds: $0).text.replacing(":00Z", with: "Z")) },
      parse: { written, _ in
        let parts = written.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2, let date = CivilDate(isoText: parts[0]), parts[1].last == "Z",
          let time = minuteOfDay(parts[1].dropLast())
        else { return nil }
        return Int64(date.daysSinceEpoch) * 86_400 + Int64(time) * 60
      })
  }
}

/// A unit in which durations are stored.
enum DurationUnit: Int {
  case seconds = 1
  case hours = 3_600
  case days = 86_400
}

private let durationPattern = "[0-9]{1,9}[smhd]"

/// Parses a duration such as `15m`: digits and one of s, m, h, d.
///
/// - Returns: Seconds.
private func seconds(_ written: String) -> Int? {
  let unitSeconds = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
  let digits = written.dropLast()
  guard let unit = written.last.flatMap({ unitSeconds[String($0)] }), digits.utf8.count <= 9,
    digits.utf8.allSatisfy({ (48...57).contains($0) })
  else { return nil }
  return Int(digits).map { $0 * unit }
}

/// Formats a duration in the largest unit without a fraction, but in days only if it is stored in days.
private func durationText(_ count: Int, in unit: DurationUnit) -> String {
  switch unit {
  case .days: "\(count)d"
  case .hours: "\(count)h"
  case .seconds where count > 0 && count % 3_600 == 0: "\(count / 3_600)h"
  case .seconds where count > 0 && count % 60 == 0: "\(count / 60)m"
  case .seconds: "\(count)s"
  }
}

extension SettingType where Value == Int {
  /// - Parameter range: The permitted values, in `unit`.
  static func duration(in unit: DurationUnit, _ range: ClosedRange<Int>) -> Self {
    let shortest = durationText(range.lowerBound, in: unit)
    let longest = durationText(range.upperBound, in: unit)
    let whole = unit == .seconds ? "" : " in whole \(unit)"
    return Self(
      plain: "a duration from \(shortest) to \(longest)\(whole), such as 90s, 15m, 6h or 7d",
      .text(pattern: "^\(durationPattern)$"),
      show: { durationText($0, in: unit) },
      parse: { written in
        guard let seconds = seconds(written), seconds % unit.rawValue == 0 else { return nil }
        let count = seconds / unit.rawValue
        return range.contains(count) ? count : nil
      })
  }
}

extension SettingType where Value == ClosedRange<Int> {
  static func hourRange(_ range: ClosedRange<Int>) -> Self {
    Self(
      plain: "two durations in whole hours from 1h to \(range.upperBound)h, such as 1h..6h",
      .text(pattern: "^\(durationPattern)[.][.]\(durationPattern)$"),
      show: { "\($0.lowerBound)h..\($0.upperBound)h" },
      parse: { written in
        guard let dots = written.firstRange(of: ".."),
          let first = seconds(String(written[..<dots.lowerBound])),
          let last = seconds(String(written[dots.upperBound...])),
          first % 3_600 == 0, last % 3_600 == 0, first <= last
        else { return nil }
        let hours = first / 3_600...last / 3_600
        return range.contains(hours.lowerBound) && range.contains(hours.upperBound) ? hours : nil
      })
  }
}

extension SettingType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  static var choice: Self {
    let names = Value.allCases.map(\.rawValue)
    return Self(
      text: "one of \(names.joined(separator: ", "))", .choice(names), show: \.rawValue,
      parse: { text, _ in Value(rawValue: text) })
  }
}

extension SettingType where Value == FormatDefinition {
  static var format: Self {
    let names = FormatDefinition.all.map(\.name)
    return Self(
      text: "one of \(names.joined(separator: ", "))", .choice(names), show: \.name,
      parse: { text, _ in FormatDefinition(named: text) })
  }
}

extension SettingType where Value == String {
  static func text(limit: Int, _ what: String) -> Self {
    Self(
      text: "\(what), of at most \(limit) bytes", .scalar(limit: limit), show: yaml,
      parse: { text, _ in
        text.isEmpty || text.utf8.count > limit || text.utf8.contains(0) ? nil : text
      })
  }

  static var name: Self { name("a name of", limit: 64) }

  /// A group name that useradd(8) accepts.
  static var groupName: Self { name("a group's name, of", limit: 32) }

  static func name(_ what: String, limit: Int) -> Self {
    Self(
      text: "\(what) at most \(limit) letters, digits, '.', '_' and '-'",
      .scalar(limit: limit, pattern: "^[A-Za-z0-9._-]+$"), show: yaml,
      parse: { text, _ in
        (1...limit).contains(text.utf8.count) && text.utf8.allSatisfy(isNameByte) ? text : nil
      })
  }

  static var unit: Self {
    Self(
      text: "a systemd unit such as nginx.service", .text(pattern: unitPattern), show: yaml,
      parse: { text, _ in isUnit(text) ? text : nil })
  }

  /// A unit name in which `%i` stands for a stream.
  static var unitTemplate: Self {
    Self(
      text: "a systemd unit such as wake@%i.service", .text(pattern: unitPattern), show: yaml,
      parse: { text, _ in
        isUnit(text.replacing("%i", with: "")) && !text.hasPrefix("-") ? text : nil
      })
  }

  private static var unitSuffixes: [String] {
    ["service", "socket", "target", "timer", "mount", "path", "slice", "scope"]
  }
  private static var unitPattern: String { "[.](\(unitSuffixes.joined(separator: "|")))$" }

  private static func isUnit(_ text: String) -> Bool {
    guard let dot = text.lastIndex(of: "."), dot > text.startIndex, text.utf8.count <= 255
    else { return false }
    return unitSuffixes.contains(String(text[text.index(after: dot)...]))
      && text.utf8.allSatisfy { isNameByte($0) || "@:\\".utf8.contains($0) }
  }

  static var url: Self {
    Self(
      text: "an address such as https://example.org/hook",
      .text(pattern: "^https?://[!-~]*$"), show: yaml,
      parse: { text, _ in
        let isWeb = text.hasPrefix("https://") || text.hasPrefix("http://")
        return isWeb && text.utf8.count <= 2_048
          && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
          ? text : nil
      })
  }

  /// A path; `null` keeps the default.
  static var path: Self {
    let path = Self(
      text: "a path", .scalar(limit: 4_096), show: { $0.isEmpty ? "null" : yaml($0) },
      parse: { text, context in
        text.utf8.count > 4_096 ? nil : absolute(text, from: context.folder)
      })
    return Self(.anyOf([path.schema, .null]), show: path.show) { node, keyPath, context in
      node.isNull ? nil : path.read(node, keyPath, &context)
    }
  }

  static var glob: Self {
    Self(
      text: "a path, or a pattern such as /var/log/nginx/*.log", .scalar(limit: 4_096), show: yaml,
      parse: { text, context in
        if text == "-" { return text }
        guard text.utf8.count <= 4_096, !text.hasSuffix("/"), !text.hasUnclosedBracket
        else { return nil }
        return absolute(text, from: context.folder)
      })
  }

  private static func absolute(_ path: String, from folder: String) -> String? {
    // `~` is rejected, because we do not expand it as a shell does.
    if path.isEmpty || path.hasPrefix("~") || path.utf8.contains(0) { return nil }
    return path.hasPrefix("/") ? path : "\(folder == "/" ? "" : folder)/\(path)"
  }
}

/// Letters, digits, `.`, `_` and `-`.
private func isNameByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
    UInt8(ascii: "-"):
    true
  default: false
  }
}
extension String {
  fileprivate var hasUnclosedBracket: Bool {
    guard let open = lastIndex(of: "[") else { return false }
    // `[]]` is a set that contains a bracket.
    return self[open...].dropFirst(2).contains("]") == false
  }
}

extension SettingType where Value == Set<Int> {
  static var dates: Self {
    let date = SettingType<Int>(
      plain: "a date such as 2026-12-25", .text(pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
      show: { CivilDate(daysSinceEpoch: $0).isoText },
      parse: { CivilDate(isoText: $0)?.daysSinceEpoch })
    let list = SettingType<[Int]>.list(of: date, count: 0...10_000)
    return Self(
      list.schema, show: { list.show($0.sorted()) },
      read: { node, path, context in
        list.read(node, path, &context).map(Set.init)
      })
  }
}

extension SettingType where Value == TimeZoneRules {
  static var timeZone: Self {
    Self(
      .text(), show: { yaml($0.name) },
      read: { node, path, context in
        var found = node.found
        if let scalar = node.scalar, !node.isNull {
          do {
            // Accepted even if no zone database is installed.
            if scalar.string == "UTC" { return .utc }
            if let zone = try context.timeZone(scalar.string) { return zone }
          } catch {
            found += " (\(String(escapedForDisplay: "\(error)", limit: 200)))"
          }
        }
        context.report(
          of: path, found: found,
          expected: "a time zone that this machine knows, such as Europe/Berlin")
        return nil
      })
  }
}

extension SettingType where Value == [ParserSettings.Condition] {
  /// `{ method: POST, path: [/api/*, /upload] }`
  static var conditions: Self {
    let patterns = SettingType<[String]>.oneOrMore(
      .text(limit: 1_024, "a pattern such as '/api/*'"), count: 1...1_000)
    return Self(
      .anyOf([.object(others: patterns.schema), .null]),
      show: { conditions in
        let shown = conditions.map { "\(yaml($0.field)): \(patterns.show($0.patterns))" }
        return shown.isEmpty ? "{}" : "{ \(shown.joined(separator: ", ")) }"
      },
      read: { node, path, context in
        if node.isNull { return [] }
        guard case .mapping(let mapping) = node, (0...64).contains(mapping.count) else {
          context.report(
            of: path, found: node.found,
            expected: "fields and their patterns, such as { path: /api/* }")
          return nil
        }
        return mapping.compactMap { keyNode, value in
          guard let field = keyNode.scalar?.string, field.utf8.count <= 256, !field.isEmpty else {
            context.report(
              at: keyNode, of: path, found: keyNode.found, expected: "the name of a field")
            return nil
          }
          if context.reportIfRepeated(keyNode, in: mapping, of: path) { return nil }
          context.note(value, at: "\(path).\(field)")
          return patterns.read(value, "\(path).\(field)", &context)
            .map { ParserSettings.Condition(field: field, patterns: $0) }
        }
      })
  }
}
