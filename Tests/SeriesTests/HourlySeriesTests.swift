import Arithmetic
import Series
import TestSupport
import Testing

@Test func requestsOfAnHourAddUp() {
  var series = HourlySeries(firstHour: 100)
  series.add(2, at: 101)
  series.add(3, at: 101)
  #expect(series.count(at: 101) == 5)
  #expect(series.count(at: 100) == 0)
}

@Test func closingGivesEveryHourOnceInOrder() {
  var series = HourlySeries(firstHour: 10)
  series.add(4, at: 11)
  #expect([series.close(), series.close(), series.close()] == [0, 4, 0])
  #expect(series.openHour == 13)
}

@Test func lateRequestsCountWhereTheyBelong() {
  var series = HourlySeries(firstHour: 10)
  for _ in 0..<5 { _ = series.close() }
  series.add(7, at: 12)
  #expect(series.count(at: 12) == 7)
  #expect(series.openHour == 15)
}

@Test func requestBeforeTheFirstHourMovesIt() {
  var series = HourlySeries(firstHour: 10)
  series.add(1, at: 3)
  #expect(series.firstHour == 3)
  #expect(series.openHour == 10)
}

@Test func trimForgetsOnlyWhatIsBefore() {
  var series = HourlySeries(firstHour: 0)
  for hour in [0, 3, 5, 8] { series.add(1, at: hour) }
  for _ in 0..<8 { _ = series.close() }
  let isTrimmed = series.trim(before: 4)
  #expect(isTrimmed)
  #expect(series.firstHour == 5)
  #expect(series.buckets.map(\.hour) == [5, 8])
  let isTrimmedAgain = series.trim(before: 5)
  #expect(!isTrimmedAgain)
}

/// A stream is observed since its own first request, however long ago that is.
@Test func trimKeepsTheNewest() {
  var series = HourlySeries(firstHour: 0)
  for hour in [0, 3] { series.add(1, at: hour) }
  for _ in 0..<90 { _ = series.close() }
  series.trim(before: 80)
  #expect(series.firstHour == 3)
  #expect(series.buckets.map(\.hour) == [3])
}

/// A state still holds the requests from before a skipped silence; a stream in memory has dropped them.
@Test func trimDoesNotLookBeforeTheFirstHour() {
  let early = [HourlySeries.Bucket(hour: 1, count: 1), .init(hour: 2, count: 1)]
  let observed = [HourlySeries.Bucket(hour: 60, count: 1), .init(hour: 80, count: 1)]
  for hour in [3, 60, 61, 80, 90] {
    var lived = HourlySeries(firstHour: 50, openHour: 100, buckets: observed)
    var restored = HourlySeries(firstHour: 50, openHour: 100, buckets: early + observed)
    let isTrimmed = lived.trim(before: hour)
    #expect(restored.trim(before: hour) == isTrimmed)
    #expect(restored.firstHour == lived.firstHour)
    #expect(isTrimmed == (hour > 60))
  }
}

@Test func trimLeavesHoursThatAreNotClosed() {
  var series = HourlySeries(firstHour: 0)
  for hour in [2, 4] { series.add(1, at: hour) }
  let isTrimmed = series.trim(before: 5)
  #expect(!isTrimmed)
  #expect(series.buckets.map(\.hour) == [2, 4])
}

/// Requests in any order, compared with a plain dictionary.
@Test(arguments: 1...20 as ClosedRange<UInt64>)
func seriesAgreesWithADictionary(seed: UInt64) {
  var chance = Chance(seed: seed)
  var series = HourlySeries(firstHour: 50)
  var model: [Int: Int] = [:]
  for _ in 0..<300 {
    if chance.happens(0.3) {
      let open = series.openHour
      #expect(series.close() == model[open] ?? 0)
    } else {
      let hour = chance.integer(in: 30...150)
      let count = chance.integer(in: 1...9)
      series.add(count, at: hour)
      model[hour, default: 0] += count
    }
  }
  var closed: [Int] = []
  series.forEachClosedHour { hour, count in
    closed.append(hour)
    #expect(count == model[hour] ?? 0)
  }
  #expect(closed == Array(series.firstHour..<series.openHour))
  #expect(series.buckets.map(\.hour) == model.keys.sorted())
}

@Test func seriesAgreeUpToTheHourInWhichTheyDiffer() {
  var one = HourlySeries(firstHour: 10)
  for hour in [12, 20] { one.add(1, at: hour) }
  var other = one
  other.add(1, at: 15)
  #expect(one.agrees(with: other, before: 15))
  #expect(!one.agrees(with: other, before: 16))
  other = one
  other.add(1, at: 20)
  #expect(one.agrees(with: other, before: 20))
  #expect(!one.agrees(with: other, before: 21))
  #expect(!one.agrees(with: HourlySeries(firstHour: 9), before: 11))
}
