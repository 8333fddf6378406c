import Forecasting
import Testing

private func budget(_ seconds: Int, _ change: (inout TrainingSettings) -> Void = { _ in })
  -> TrainingBudget
{
  var settings = TrainingSettings()
  settings.maxSeconds = seconds
  change(&settings)
  return TrainingBudget(settings, featureCount: 50)
}

@Test func usualRunsAreNotCut() {
  // A thousand streams and two years of each.
  #expect(budget(60).hours > 1_000 * 24 * 730)
  #expect(budget(60).rows == TrainingSettings().maxRows)
}

@Test func largeNetworksAreTrainedOnFewerRows() {
  let large = budget(60) { $0.hidden = [1_000, 1_000, 1_000] }
  #expect(large.rows < TrainingSettings().maxRows)
  let larger = budget(60) {
    $0.hidden = [1_000, 1_000, 1_000]
    $0.epochs *= 2
  }
  #expect(larger.rows < large.rows && larger.rows > 1_000)
}

/// If there are too many streams, each run samples the same ones, and the sample of a smaller share is a subset of that
/// of a larger.
@Test func streamsBeyondTheBudgetAreSampled() {
  let names = (0..<2_000).map { "web:/\($0)" }
  let hours = 8 * budget(1).hours
  let few = names.filter { budget(1).takes($0, ofHours: hours) }
  let more = names.filter { budget(2).takes($0, ofHours: hours) }
  #expect((200...300).contains(few.count) && (440...560).contains(more.count))
  #expect(Set(few).isSubset(of: more))
  #expect(names.allSatisfy { budget(8).takes($0, ofHours: hours) })
}

/// A run that fits into its budget does not depend on the budget; one that does not learns from some streams only.
@Test func aRunKeepsToItsBudget() throws {
  let all = (0..<30).map { Streams.nightly(hours: 24 * 730, seed: UInt64($0)) }
  func model(_ seconds: Int) throws -> [UInt8] {
    var settings = Streams.training
    settings.maxSeconds = seconds
    return try #require(Streams.job(all, settings: settings).run().model).bytes()
  }
  let usual = try model(60)
  #expect(try model(600) == usual)
  #expect(try model(1) != usual)
}
