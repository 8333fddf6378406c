import Foundation
import Records

/// The number of lines that were written, by block. A block is an hour of the log's time, which is what `harbinger`
/// counts. The log's time advances with the lines, an hour every few lines, unless the lines have a clock's time.
struct Ledger {
  static let linesPerBlock = 25
  private static let firstHour = 480_000  // 2024-10-04T00:00:00Z
  private static let agent = String(repeating: "Mozilla/5.0 (X11; Linux x86_64) ", count: 3)
  static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private(set) var lineCount = 0
  private(set) var counts: [Int: Int] = [:]
  /// The number of destroyed lines, which need not have been counted, by block.
  private var destroyedCounts: [Int: Int] = [:]
  /// By how much the clock that gives the lines their time is set forward; nil if the time advances with the lines.
  var clockSetSeconds: Int?

  /// A line in the combined format, without its end.
  ///
  /// - Parameter blocksEarlier: By how many blocks its time is earlier than that of its neighbours.
  mutating func line(blocksEarlier: Int = 0) -> String {
    var seconds = lineCount * 3600 / Self.linesPerBlock
    if let clockSetSeconds {
      seconds = Int(Date().timeIntervalSince1970) + clockSetSeconds - Self.firstHour * 3600
    }
    seconds = max(0, seconds - blocksEarlier * 3600)
    let block = seconds / 3600
    counts[block, default: 0] += 1
    defer { lineCount += 1 }
    return
      "10.0.0.1 - - [\(Self.stamp(hour: Self.firstHour + block, second: seconds % 3600))] "
      + "\"GET /\(block)/\(lineCount) HTTP/1.1\" 200 512 \"-\" \"\(Self.agent)\""
  }

  static func block(ofHour hour: Int) -> Int { hour - firstHour }

  /// The block of a line that another reader has forwarded, from the path in it.
  static func block(ofLine line: some Collection<UInt8>) -> Int? {
    guard let path = line.firstIndex(of: UInt8(ascii: "\"")),
      line[path...].starts(with: "\"GET /".utf8)
    else { return nil }
    return Int(String(decoding: line[path...].dropFirst(6).prefix { $0 != 47 }, as: UTF8.self))
  }

  /// - Parameter surviving: The number of lines that are still in some file, by block.
  mutating func noteSurviving(_ surviving: [Int: Int]) {
    destroyedCounts = counts.merging(surviving) { $0 - $1 }.filter { $0.value > 0 }
  }

  /// The numbers of missing lines and of lines that were counted twice, over all blocks.
  func differences(from found: [Int: Int]) -> (lost: Int, doubled: Int) {
    var (lost, doubled) = (0, 0)
    for block in Set(counts.keys).union(found.keys) {
      let difference = found[block, default: 0] - counts[block, default: 0]
      if difference < 0 {
        lost += max(0, -difference - destroyedCounts[block, default: 0])
      } else {
        doubled += difference
      }
    }
    return (lost, doubled)
  }

  private static func stamp(hour: Int, second: Int) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = CivilDate(daysSinceEpoch: hour / 24)
    return "\(two(date.day))/\(months[date.month - 1])/\(date.year):"
      + "\(two(hour % 24)):\(two(second / 60)):\(two(second % 60)) +0000"
  }
}
