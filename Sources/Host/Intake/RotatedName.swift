/// What a file's name says about its position in a rotation: `access.log.2.gz` is the second newest rotated
/// `access.log`, `access-20260101.log` that of a day.
struct RotatedName: Equatable {
  enum Age: Equatable {
    case current
    /// Greater numbers are older: `.1`, `.2`, `.3`.
    case counter(Int)
    /// Greater dates are newer; compared number by number.
    case date([Int])
  }

  /// The name without stamp and compression suffix, which is the name of the file being written.
  var base: String
  var age: Age
  /// Whether the name has the suffix of a compressed file.
  var isCompressed: Bool

  init(_ name: String) {
    var stem = name[...]
    isCompressed = false
    for suffix in [".gz", ".zst", ".xz"] where stem.hasSuffix(suffix) && stem.count > suffix.count {
      stem.removeLast(suffix.count)
      isCompressed = true
    }
    if let time = Self.taiTime(stem) {
      self.base = "current"
      self.age = .date(time)
      return
    }
    if stem.hasSuffix(".old"), stem.count > 4 {
      self.base = String(stem.dropLast(4))
      self.age = .counter(1)
      return
    }
    if let (base, age) = Self.splitStamp(stem) {
      self.base = base
      self.age = age
      return
    }
    if let dot = stem.lastIndex(of: "."), dot > stem.startIndex,
      stem[dot...].dropFirst().allSatisfy({ $0.isASCII && $0.isLetter }),
      let (base, age) = Self.splitStamp(stem[..<dot])
    {
      self.base = base + stem[dot...]
      self.age = age
      return
    }
    base = String(stem)
    age = .current
  }

  /// The name of a log that is not rotated, although its name may look so.
  init(ofLog name: String) {
    self.init(name)
    base = name
    age = .current
  }

  var isRotated: Bool { isCompressed || age != .current }

  /// `@400000006b093640398f7f1c.s`, to which svlogd, multilog and s6-log rename the file `current`: 16
  /// hexadecimal digits of seconds and 8 of nanoseconds.
  /// - Source: D. J. Bernstein, "TAI64, TAI64N, and TAI64NA".
  private static func taiTime(_ text: Substring) -> [Int]? {
    guard text.first == "@" else { return nil }
    let digits = text.dropFirst().prefix(24)
    let rest = text.dropFirst(25)
    guard digits.count == 24, rest.isEmpty || rest == ".s" || rest == ".u",
      let seconds = Int(digits.prefix(16), radix: 16),
      let nanos = Int(digits.dropFirst(16), radix: 16)
    else { return nil }
    return [seconds, nanos]
  }

  /// Splits `access.log-20260101` into `access.log` and its stamp.
  private static func splitStamp(_ text: Substring) -> (String, Age)? {
    let stampStart =
      text.lastIndex(where: { !($0.isASCII && ($0.isNumber || "-_.:T+Z".contains($0))) })
      .map { text.index(after: $0) } ?? text.startIndex
    var start = stampStart
    while start < text.endIndex {
      let next = text.index(after: start)
      if "-_.".contains(text[start]), next < text.endIndex, text[next].isNumber { break }
      start = next
    }
    guard start < text.endIndex, start > text.startIndex else { return nil }
    let stamp = text[start...]
    let numbers = stamp.split(whereSeparator: { !$0.isNumber })
    let base = String(text[..<start])
    let values = numbers.map { Int($0) ?? .max }
    // `web-2.log` and `web-8080.log` are logs of other services, not rotated files of `web.log`.
    if numbers.count == 1, stamp.first == ".", numbers[0].count <= 3 {
      return (base, .counter(values[0]))
    }
    let isYear = numbers[0].count == 4 && (1970...2099).contains(values[0])
    return isYear || numbers[0].count >= 6 ? (base, .date(values)) : nil
  }
}

extension RotatedName.Age {
  /// Whether a file of this age was written before one of the other age; nil if the names do not say.
  func isOlder(than other: Self) -> Bool? {
    switch (self, other) {
    case (.current, .current): nil
    case (.current, _): false
    case (_, .current): true
    case (.counter(let mine), .counter(let theirs)): mine == theirs ? nil : mine > theirs
    case (.date(let mine), .date(let theirs)):
      mine == theirs ? nil : mine.lexicographicallyPrecedes(theirs)
    default: nil
    }
  }
}
