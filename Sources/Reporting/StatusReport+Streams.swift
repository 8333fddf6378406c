import Forecasting
package import Monitoring

/// Of many streams the status shows some, and totals of all.
extension StatusReport {
  /// So that writing the status takes no longer, and makes it no longer, whatever the number of streams.
  package static let streamsMax = 100

  /// Sums over all streams in memory.
  package struct Totals: Codable, Equatable {
    /// How many streams have a probability up to a bound, and above the bound before it.
    package struct Bin: Codable, Equatable {
      package var atMost: Double
      package var streams: Int
    }

    package var streams = 0
    /// Those with an alert due: whose probability reaches the threshold in an hour that is forecast.
    package var likelyStreams = 0
    /// By the probability of the next hour.
    package var nextHour = [0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 1].map {
      Bin(atMost: $0, streams: 0)
    }
    /// The sum of these probabilities: how many streams are expected to be active in it.
    package var nextHourSum = 0.0
    /// Of warnings in the last thirteen weeks.
    package var alerts = 0
    package var hits = 0
    package var falseAlarms = 0
    package var episodes = 0
    package var warned = 0

    package init() {}

    mutating func add(_ stream: Monitor.Stream) {
      streams += 1
      let digest = stream.digest
      if digest.isLikely { likelyStreams += 1 }
      if let next = digest.next?.probability {
        nextHourSum += next
        let bin = nextHour.firstIndex { next <= $0.atMost } ?? nextHour.count - 1
        nextHour[bin].streams += 1
      }
      let tally = digest.tally
      alerts += tally.alerts
      hits += tally.hits
      falseAlarms += tally.falseAlarms
      episodes += tally.episodes
      warned += tally.warned
    }
  }
}

extension Monitor {
  /// What the status says of all streams.
  package var totals: StatusReport.Totals {
    streams.values.reduce(into: StatusReport.Totals()) { $0.add($1) }
  }

  /// The streams that people are most likely to look for, in the order of their names: half of them those in which
  /// a request is likeliest soon, the others those with the newest requests.
  package func interestingStreams(atMost limit: Int = StatusReport.streamsMax) -> [String] {
    guard streams.count > limit else { return streams.keys.sorted() }
    let likely = streams.lazy.map { name, stream in
      (name: name, likeliest: stream.digest.likeliest?.probability ?? 0)
    }.first(limit / 2) { ($1.likeliest, $0.name) < ($0.likeliest, $1.name) }
    let names = Set(likely.map(\.name))
    let others = streams.lazy.filter { !names.contains($0.key) }
      .map { (name: $0.key, latest: $0.value.latestRequest) }
      .first(limit - likely.count) { ($1.latest, $0.name) < ($0.latest, $1.name) }
    return (names + others.map(\.name)).sorted()
  }

  /// What the status says of one stream; nil: it is not in memory.
  package func status(of name: String) -> StatusReport.Stream? {
    streams[name].map { StatusReport.Stream(name: name, $0, alertSettings(of: name)) }
  }
}

extension Sequence {
  /// The first elements as they would be sorted, without sorting all.
  fileprivate func first(
    _ count: Int, by areInOrder: (Element, Element) -> Bool
  ) -> [Element] {
    var first: [Element] = []
    for element in self {
      if first.count == count {
        guard let last = first.last, areInOrder(element, last) else { continue }
        first.removeLast()
      }
      let place = first.firstIndex { areInOrder(element, $0) } ?? first.count
      first.insert(element, at: place)
    }
    return first
  }
}
