import Arithmetic
import NeuralNet

/// A part of a stream, as if the stream had begun with it: with a request.
struct StreamPiece {
  /// Requests by hour, from its first on; they go on for the horizon after its last origin.
  private(set) var counts: [Int]
  let originCount: Int
  /// Since the epoch.
  let firstHour: Int
  /// Of each of its rows in the loss.
  var weight = 1.0

  private static let lengthHours = 24 * 90
  private static let shortestHours = 48
  private static let strideHours = 24 * 28

  /// From a half on, an hour with requests is nothing to forecast.
  private static let activeShareMax = 0.5

  /// The share of hours with requests.
  var activeShare: Double {
    (Double(counts.prefix(originCount).count { $0 > 0 }) + 0.5) / Double(originCount + 1)
  }

  /// The pieces of a stream: each begins with the first request in a period of four weeks and lasts three months.
  ///
  /// The clock of each is put forward or back, so that the network learns when requests come after others, and not at
  /// which hours of the day the users of these logs worked: the zones of logs are often not theirs.
  ///
  /// - Parameters:
  ///   - counts: Requests by hour since the epoch.
  ///   - endHour: Of the log.
  static func pieces(
    of counts: [Int: Int], endHour: Int, using generator: inout Xoshiro
  ) -> [StreamPiece] {
    let active = counts.keys.sorted()
    guard let first = active.first else { return [] }
    var pieces: [StreamPiece] = []
    for start in stride(from: first, to: endHour, by: strideHours) {
      guard let begin = active.first(where: { $0 >= start }), begin < start + strideHours else {
        continue
      }
      let originCount = min(lengthHours, endHour - begin - PieceRows.horizon)
      guard originCount >= shortestHours else { continue }
      let piece = StreamPiece(
        counts: (begin..<begin + originCount + PieceRows.horizon).map { counts[$0] ?? 0 },
        originCount: originCount, firstHour: begin + Int(generator.uniform() * 24) - 12)
      if piece.activeShare < activeShareMax { pieces.append(piece) }
    }
    return pieces
  }
}

extension StreamPiece {
  /// Four of ten pieces stay as they are.
  private static let shareOfEachChange = 0.1

  /// Changes some pieces as habits change, so that the network takes no habit for a law.
  mutating func vary(with other: StreamPiece, using generator: inout Xoshiro) {
    let change = Int(generator.uniform() / Self.shareOfEachChange)
    let day = 3 + Int(generator.uniform() * 30)
    let later = min(24 * day, counts.count)..<counts.count
    let before = counts
    switch change {
    case 0:  // It falls silent.
      for hour in later { counts[hour] = 0 }
    case 1:  // It becomes another.
      for hour in later where hour < other.counts.count { counts[hour] = other.counts[hour] }
    case 2:  // Its requests come at any time.
      let order = generator.shuffledIndices(count: counts.count - 1)
      for (hour, index) in order.enumerated() { counts[hour + 1] = before[Int(index) + 1] }
    case 3:  // Some of its hours stay without requests.
      let kept = 0.3 + 0.7 * generator.uniform()
      for hour in counts.indices.dropFirst() where generator.uniform() > kept { counts[hour] = 0 }
    case 4:  // Others come besides.
      let rate = 2 * activeShare * generator.uniform()
      for hour in counts.indices where generator.uniform() < rate { counts[hour] += 1 }
    case 5:  // Each day begins at another hour.
      for day in 1..<counts.count / 24 {
        let shift = Int(generator.uniform() * 24)
        for hour in 0..<24 { counts[24 * day + hour] = before[24 * day + (hour + shift) % 24] }
      }
    default: break
    }
  }
}
