import Arithmetic
import Foundation
import Glibc
import Records

/// Writes the logs of several services, rotates them in every way, and records the number of lines by hour and key.
struct SoakWriter {
  /// A way to rotate a log.
  enum Rotation: CaseIterable {
    case renameAndCreate, renameAndContinue, copyAndTruncate, compress, dated
  }

  static let fileCount = 50
  static let keyCount = 2_000

  let folder: String
  private(set) var counts: [Int: [Int]] = [:]
  private(set) var lineCount = 0
  private(set) var rotationCount = 0
  private var pens: [Pen?] = []
  private var chance: SplitMix64
  private var latestSecond = 0

  init(folder: String, seed: UInt64) throws {
    self.folder = folder
    chance = SplitMix64(seed: seed)
    for number in 0..<Self.fileCount { pens.append(try Pen(path(number))) }
  }

  func path(_ number: Int) -> String { "\(folder)/app-\(number).log" }

  /// Writes lines of one second of the logs' time, each to a random file.
  mutating func write(_ count: Int, at seconds: Int) throws {
    latestSecond = seconds
    let hour = seconds / 3600
    let stamp = Self.stamp(seconds)
    var texts = [[UInt8]](repeating: [], count: Self.fileCount)
    var counted = counts[hour] ?? [Int](repeating: 0, count: Self.keyCount)
    for _ in 0..<count {
      let key = activeKey(hour)
      counted[key] += 1
      texts[chance.integer(in: 0...Self.fileCount - 1)] +=
        "10.0.0.1 - - [\(stamp)] \"GET /k\(key) HTTP/1.1\" 200 512 \"-\" \"soak\"\n".utf8
    }
    counts[hour] = counted
    lineCount += count
    for (number, text) in texts.enumerated() where !text.isEmpty {
      if pens[number] == nil { pens[number] = try Pen(path(number)) }
      try pens[number]?.write(text)
    }
  }

  /// A random key among those that are active in this hour of the day, so that there are habits to learn.
  private mutating func activeKey(_ hour: Int) -> Int {
    while true {
      let key = chance.integer(in: 0...Self.keyCount - 1)
      if FNV1a([UInt8(hour % 24), UInt8(key & 0xff), UInt8(key >> 8)]).value % 3 == 0 {
        return key
      }
    }
  }

  private static func stamp(_ seconds: Int) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = CivilDate(daysSinceEpoch: seconds / 86_400)
    let second = seconds % 86_400
    return "\(two(date.day))/\(Ledger.months[date.month - 1])/\(date.year):"
      + "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) +0000"
  }

  // MARK: - Rotating

  /// Rotates a random log in a random way.
  mutating func rotate() throws {
    let number = chance.integer(in: 0...Self.fileCount - 1)
    let log = path(number)
    let way = Rotation.allCases[chance.integer(in: 0...Rotation.allCases.count - 1)]
    rotationCount += 1
    if way == .dated {
      // A counter keeps the names unique.
      try move(log, to: "\(log)-\(20_260_101 + rotationCount)")
      pens[number] = try Pen(log)
      return
    }
    try shift(log)
    switch way {
    case .renameAndCreate, .dated:
      try move(log, to: log + ".1")
      pens[number] = try Pen(log)
    case .renameAndContinue:
      // The service continues in the old file until the next write reopens the log.
      try move(log, to: log + ".1")
      try write(200, at: latestSecond)
      pens[number] = nil
    case .copyAndTruncate:
      let bytes = FileManager.default.contents(atPath: log) ?? Data()
      try bytes.write(to: URL(filePath: log + ".1"))
      guard truncate(log, 0) == 0 else { throw Failure("truncate \(log)") }
    case .compress:
      try move(log, to: log + ".1")
      pens[number] = try Pen(log)
      try shell("nice gzip -1 '\(log).1'")
    }
  }

  /// Renumbers the rotated files as logrotate does.
  private func shift(_ log: String) throws {
    var oldest = 0
    func name(_ number: Int) -> String? {
      ["\(log).\(number)", "\(log).\(number).gz"].first {
        FileManager.default.fileExists(atPath: $0)
      }
    }
    while name(oldest + 1) != nil { oldest += 1 }
    for number in stride(from: oldest, to: 0, by: -1) {
      guard let old = name(number) else { continue }
      try move(old, to: "\(log).\(number + 1)" + (old.hasSuffix(".gz") ? ".gz" : ""))
    }
  }

  private func move(_ old: String, to new: String) throws {
    guard rename(old, new) == 0 else { throw Failure("mv \(old) \(new)") }
  }

  /// Deletes the rotated files.
  func deleteRotated() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where !name.hasSuffix(".log") {
      try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
  }
}
