/// The requests of one stream by hour. Only hours with requests are stored, because most have none.
package struct HourlySeries: Equatable, Sendable {
  /// An hour with requests, in eight bytes.
  package struct Bucket: Equatable, Sendable, BitwiseCopyable {
    private var storedHour: Int32
    private var storedCount: UInt32

    /// Hours since the epoch, UTC; up to the year 9999.
    package var hour: Int { Int(storedHour) }
    /// Limited to 2³² − 1; greater counts would make no difference to a forecast.
    package var count: Int {
      get { Int(storedCount) }
      set { storedCount = UInt32(clamping: newValue) }
    }

    package init(hour: Int, count: Int) {
      storedHour = Int32(clamping: hour)
      storedCount = UInt32(clamping: count)
    }
  }

  /// The hour of the stream's first request, from which on it is observed.
  package private(set) var firstHour: Int
  /// The first hour that is not closed yet.
  package private(set) var openHour: Int
  /// Hours with requests, ascending; at or after `openHour` they may still grow.
  package private(set) var buckets: [Bucket] = []

  package init(firstHour: Int) {
    self.firstHour = firstHour
    openHour = firstHour
  }

  /// A stored series.
  package init(firstHour: Int, openHour: Int, buckets: [Bucket]) {
    precondition(openHour >= firstHour, "a series cannot be closed before it begins")
    self.firstHour = firstHour
    self.openHour = openHour
    self.buckets = buckets
  }

  /// The number of requests of an hour; 0 if none is known.
  package func count(at hour: Int) -> Int {
    let index = partitionPoint(hour)
    return index < buckets.count && buckets[index].hour == hour ? buckets[index].count : 0
  }

  /// Whether another series begins alike and has the same requests in the hours before `hour`.
  package func agrees(with other: HourlySeries, before hour: Int) -> Bool {
    firstHour == other.firstHour
      && buckets[..<partitionPoint(hour)] == other.buckets[..<other.partitionPoint(hour)]
  }

  /// The first hour with requests that is not before `hour`; nil if there is none.
  package func nextHour(from hour: Int) -> Int? {
    let index = partitionPoint(hour)
    return index < buckets.count ? buckets[index].hour : nil
  }

  /// The newest hour with requests that is not after `hour`; nil if there is none.
  package func latestHour(upTo hour: Int) -> Int? {
    let index = partitionPoint(hour + 1)
    return index > 0 ? buckets[index - 1].hour : nil
  }

  /// The number of hours with requests since `firstHour`. Hours before a long silence, which a state may contain, do
  /// not count.
  package var observedActiveHours: Int { buckets.count - partitionPoint(firstHour) }

  /// Adds requests to an hour, even if it is closed: late lines are counted in their hour.
  package mutating func add(_ count: Int, at hour: Int) {
    let index = partitionPoint(hour)
    if index < buckets.count && buckets[index].hour == hour {
      buckets[index].count += count
    } else {
      buckets.insert(Bucket(hour: hour, count: count), at: index)
    }
    firstHour = min(firstHour, hour)
  }

  /// Closes the open hour.
  ///
  /// - Returns: Its count.
  package mutating func close() -> Int {
    defer { openHour += 1 }
    return count(at: openHour)
  }

  /// Removes the requests before `hour`, but keeps the newest bucket. The stream is then observed from the first
  /// remaining bucket on.
  ///
  /// - Returns: Whether any of the observed hours was removed. Hours before a long silence, which a state may contain,
  ///   do not count.
  @discardableResult package mutating func trim(before hour: Int) -> Bool {
    let count = min(partitionPoint(min(hour, openHour)), buckets.count - 1)
    guard count > partitionPoint(firstHour) else { return false }
    buckets.removeFirst(count)
    firstHour = min(buckets[0].hour, openHour)
    return true
  }

  /// Calls `body` with the count of every closed hour, in order.
  package func forEachClosedHour(_ body: (_ hour: Int, _ count: Int) -> Void) {
    var index = 0
    for hour in firstHour..<openHour {
      if index < buckets.count && buckets[index].hour == hour {
        body(hour, buckets[index].count)
        index += 1
      } else {
        body(hour, 0)
      }
    }
  }

  /// The index of the first bucket at or after `hour`. Checks the end first, where it nearly always is.
  private func partitionPoint(_ hour: Int) -> Int {
    guard let last = buckets.last, last.hour >= hour else { return buckets.count }
    var low = 0
    var high = buckets.count - 1
    while low < high {
      let middle = (low + high) / 2
      if buckets[middle].hour < hour { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
