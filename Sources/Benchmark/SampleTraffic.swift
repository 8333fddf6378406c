import Arithmetic

/// Seeded synthetic traffic of a busy month, in the measured formats.
struct SampleTraffic {
  enum Format: String, CaseIterable {
    case combined, json
  }

  static let hours = 720
  static let firstHour = 490_896  // 2026-01-01T00:00:00Z

  private var generator = SplitMix64(seed: 42)

  /// Calls `write` with pieces of a log of about `byteCount` bytes.
  ///
  /// - Returns: The number of lines of each hour, from `firstHour`.
  mutating func write(
    _ format: Format, byteCount: Int, _ write: ([UInt8]) -> Void
  ) -> [Int] {
    let lineCount = byteCount / (format == .combined ? 210 : 425)
    var counts = [Int](repeating: 0, count: Self.hours)
    var piece: [UInt8] = []
    for line in 0..<lineCount {
      let second = line * Self.hours * 3_600 / lineCount
      counts[second / 3_600] += 1
      let text = format == .combined ? combined(second) : json(second, line)
      piece.append(contentsOf: text.utf8)
      if piece.count > 1 << 20 {
        write(piece)
        piece.removeAll(keepingCapacity: true)
      }
    }
    write(piece)
    return counts
  }

  private mutating func combined(_ second: Int) -> String {
    let client = "10.\(below(256)).\(below(256)).\(below(256))"
    return
      "\(client) - - [\(stamp(second))] \"GET \(uri()) HTTP/1.1\" \(status()) \(below(100_000)) "
      + "\"\(referers[below(3)])\" \"\(agents[below(5)])\"\n"
  }

  private mutating func json(_ second: Int, _ line: Int) -> String {
    let message = line % 5 == 0 ? #"handled \"request\""# : "handled request"
    let time = #""ts":\#(Self.firstHour * 3_600 + second).\#(100_000 + below(900_000))"#
    let request =
      #""request":{"remote_ip":"10.1.2.\#(below(256))","proto":"HTTP/2.0","method":"GET","#
      + #""host":"h\#(below(4)).example.org","uri":"\#(uri())","headers":{"User-Agent":"#
      + #"["\#(agents[below(5)])"],"Referer":["\#(referers[below(3)])"]}}"#
    let rest = #""duration":0.\#(below(1_000_000)),"size":\#(below(100_000)),"status":\#(status())"#
    return line % 3 == 0
      ? #"{"level":"info","msg":"\#(message)",\#(request),\#(rest),\#(time)}"# + "\n"
      : #"{"level":"info",\#(time),"msg":"\#(message)",\#(request),\#(rest)}"# + "\n"
  }

  private func stamp(_ second: Int) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let time = "\(two(second / 3_600 % 24)):\(two(second / 60 % 60)):\(two(second % 60))"
    return "\(two(second / 86_400 + 1))/Jan/2026:\(time) +0000"
  }

  /// One of 250 URIs, some with a query.
  private mutating func uri() -> String {
    let path = "/api/v\(below(2))/items/\(100 + below(125))"
    return below(3) == 0 ? path + "?q=\(below(1_000_000))" : path
  }

  private mutating func status() -> Int { [200, 200, 304, 404][below(4)] }

  private mutating func below(_ limit: Int) -> Int {
    Int(generator.next() % UInt64(limit))
  }
}

private let agents = [
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
  "kube-probe/1.29", "Googlebot/2.1 (+http://www.google.com/bot.html)",
]
private let referers = [
  "-", "https://www.example.org/", "https://www.example.org/products/list?page=3",
]
