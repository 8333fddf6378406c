/// Finds the member of JSON lines that contains their time by its values, whatever its name and depth.
enum JSONTimeMembers {
  private struct Found {
    var count = 0
    var layout: String?
    var latest: Int64 = 0
    let order: Int
  }

  /// The members that contain a time in most lines: those with a typical name first, then those with the latest times.
  static func guesses(_ sample: LogSample) -> [FormatGuess] {
    var found: [String: Found] = [:]
    var objectCount = 0
    for line in sample.lines where line.first == ASCII.openBrace {
      objectCount += 1
      var values = members(of: line)
      if let date = values.first(where: { $0.name == "date" }),
        let time = values.first(where: { $0.name == "time" })
      {
        values.append((joined, date.value + [ASCII.space] + time.value))
      }
      for (name, value) in values {
        guard let stamp = FieldStamp(value, now: sample.now) else { continue }
        var member = found[name] ?? Found(order: found.count)
        member.count += 1
        member.layout = stamp.layout
        member.latest = max(member.latest, stamp.time)
        found[name] = member
      }
    }
    return found.filter { 2 * $0.value.count > objectCount }
      .sorted { a, b in
        let (first, second) = (TimeFieldName.rank(a.key), TimeFieldName.rank(b.key))
        if first != second { return first < second }
        return (b.value.latest, a.value.order) < (a.value.latest, b.value.order)
      }
      .prefix(guessesMax)
      .map { name, member in
        FormatGuess(timeField: name == joined ? nil : name, timeLayout: member.layout)
      }
  }

  private static let guessesMax = 4
  /// Stands for the members `date` and `time`, read together.
  private static let joined = "date time"

  private static func members(of line: [UInt8]) -> [(name: String, value: [UInt8])] {
    var index = FieldIndex()
    let time = TimeReader(zone: .utc)
    var reader = JSONReader(
      TimeFields(usual: [], named: nil, time: time, index: &index), fields: index)
    let bytes = line.span.bytes
    var fields = FieldTable(count: index.wanted.count)
    if case .rejected(.malformed) = reader.read(
      bytes, StampContext(latest: 0), fields: &fields)
    {
      return []
    }
    for name in reader.fieldNames(of: bytes) where Self.canBeNamed(name) { index.want(name) }
    reader = JSONReader(
      TimeFields(usual: [], named: nil, time: time, index: &index), fields: index)
    fields = FieldTable(count: index.wanted.count)
    _ = reader.read(bytes, StampContext(latest: 0), fields: &fields)
    return index.wanted.enumerated().compactMap { slot, wanted in
      let value = fields.withField(FieldReference(slot: slot, part: .whole), of: bytes) {
        $0.bytes(0..<$0.byteCount)
      }
      return value.map { (wanted.name, $0) }
    }
  }

  /// The settings would interpret these suffixes as selecting a part of the value.
  private static func canBeNamed(_ name: String) -> Bool {
    !name.hasSuffix(":path") && !name.hasSuffix(":query")
  }
}
