import Forecasting
import Monitoring
import TestSupport
import Testing

@Test func trainingFollowsTheLogsHours() throws {
  var watching = try Watching(.quick(everyHours: 48))
  watching.read(SampleLines.lines(days: 40, seed: 1))
  #expect(!watching.jobs.isEmpty)
  #expect(watching.jobs.allSatisfy { $0.endHour.isMultiple(of: 48) })
  #expect(watching.jobs.map(\.number) == Array(1...watching.jobs.count))
  let ends = watching.jobs.map(\.endHour)
  #expect(zip(ends, ends.dropFirst()).allSatisfy { $1 - $0 == 48 })
}

@Test func beforeThereIsEnoughNothingIsTrained() throws {
  var watching = try Watching(.quick(everyHours: 1))
  watching.read(SampleLines.lines(days: 13, seed: 1))
  watching.handle(.stopping)
  #expect(watching.jobs.isEmpty)
  #expect(!watching.forecasts.isEmpty)
}

@Test func oneRunAtATimeAndHoursWaitForIt() throws {
  var watching = try Watching(.quick(everyHours: 24))
  watching.holdsTraining = true
  watching.read(SampleLines.lines(days: 30, seed: 1))
  #expect(watching.jobs.count == 1)
  let open = watching.monitor.openHour
  watching.handle(.tick(now: Int64(SampleLines.start + 86_400 * 40)))
  watching.handle(.retrainRequested)
  #expect(watching.monitor.openHour == open)
  #expect(watching.jobs.count == 1)
  watching.finishTraining()
  #expect(watching.jobs.count == 2)
  #expect(watching.jobs[1].endHour == watching.jobs[0].endHour + 24)
}

/// Counting goes on while a network is trained.
@Test func linesAreCountedDuringARun() throws {
  let lines = SampleLines.lines(days: 30, seed: 1)
  var watching = try Watching(.quick(everyHours: 24))
  watching.holdsTraining = true
  watching.read(lines)
  watching.handle(.stopping)
  #expect(watching.committedCounts.values.reduce(0, +) == lines.count)
}

@Test func whenItWasTrainedDoesNotMatter() throws {
  let lines = SampleLines.lines(days: 30, seed: 3)
  var prompt = try Watching(.quick(everyHours: 24))
  prompt.read(lines)
  prompt.handle(.stopping)
  var slow = try Watching(.quick(everyHours: 24))
  slow.holdsTraining = true
  for (index, line) in lines.enumerated() {
    slow.read([line])
    if index.isMultiple(of: 7) { slow.finishTraining() }
  }
  while slow.monitor.training.isRunning { slow.finishTraining() }
  slow.handle(.stopping)
  #expect(slow.forecasts == prompt.forecasts)
  #expect(slow.reports == prompt.reports)
}

@Test func aRequestTrainsAtOnce() throws {
  var watching = try Watching(.quick(everyHours: 1_000_000))
  watching.read(SampleLines.lines(days: 30, seed: 1))
  #expect(watching.jobs.isEmpty)
  watching.handle(.retrainRequested)
  #expect(watching.jobs.map(\.reason) == [.requested])
  #expect(watching.monitor.training.runCount == 1)
}

@Test func aRequestWithoutAnyDataIsNoHarm() throws {
  var watching = try Watching(.quick())
  watching.handle(.retrainRequested)
  watching.drain()
  watching.handle(.retrainRequested)
  #expect(watching.monitor.training.isRunning == false)
}

@Test func anAdoptedNetworkIsCommittedOnce() throws {
  var watching = try Watching(.quick(everyHours: 24))
  watching.read(SampleLines.lines(days: 30, seed: 1))
  watching.handle(.stopping)
  let adopted = watching.reports.filter(\.isAdopted)
  #expect(!adopted.isEmpty)
  #expect(watching.monitor.training.adoptedCount == adopted.count)
  #expect(watching.commits.count { $0.models != nil } <= adopted.count)
  #expect(watching.stored.models == watching.monitor.models)
}

/// Goal: the future changes no forecast, training run or score of the past. Method: two logs that are equal for thirty
/// days and entirely different afterwards, each read at once, so that the program could see all of it from the
/// beginning.
@Test func theFutureMovesNothingOfThePast() throws {
  let turn = SampleLines.start + 86_400 * 30
  func time(_ line: String) -> Int { Int(line.prefix { $0 != " " }) ?? 0 }
  let lines = SampleLines.lines(days: 40, seed: 1)
  let past = lines.filter { time($0) < turn }
  let otherFuture = (0..<24 * 10).flatMap { hour in
    ["a", "b"].map { "\(turn + 3600 * hour) \($0)" }
  }
  let known = turn / 3600
  var watched: [Watching] = []
  for log in [lines, past + otherFuture] {
    var watching = try Watching(.quick(everyHours: 48))
    watching.read(log)
    watching.handle(.stopping)
    watched.append(watching)
  }
  let (one, other) = (watched[0], watched[1])
  #expect(one.forecasts != other.forecasts)
  for (stream, origins) in one.forecasts {
    let before = origins.filter { $0.key < known }
    #expect(before.count > 24 * 20)
    #expect(before == other.forecasts[stream]?.filter { $0.key < known })
  }
  let runs = one.reports.filter { $0.endHour <= known }
  #expect(runs.contains { $0.isAdopted })
  #expect(runs == other.reports.filter { $0.endHour <= known })
}

/// Goal: a request blocks nothing while streams are restored, and is not lost. Method: more streams than one event
/// catches up.
@Test func aRequestedRunWaitsForRestoredStreams() throws {
  var watching = try Watching(.quick())
  watching.read((0..<300).map { "\(SampleLines.start) k\($0)" })
  watching.drain()
  let now = Int64(SampleLines.start + 9 * 3_600)
  repeat { watching.handle(.tick(now: now)) } while watching.monitor.hasHoursToClose
  try watching.restart(inParts: true)
  watching.handle(.retrainRequested)
  #expect(watching.monitor.isRestoring && watching.jobs.isEmpty)
  while watching.monitor.hasHoursToClose { watching.handle(.tick(now: now)) }
  #expect(watching.jobs.map(\.reason) == [.requested])
}
