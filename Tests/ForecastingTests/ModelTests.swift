import Arithmetic
import Forecasting
import Series
import TestSupport
import Testing

private let trained: Model = Streams.job([Streams.nightly(hours: 24 * 40)]).run().model!

@Test func aStoredModelSaysTheSame() throws {
  let restored = try Model(bytes: trained.bytes())
  #expect(restored.bytes() == trained.bytes())
  var chance = Chance(seed: 1)
  let rows = (0..<20 * trained.featureCount).map { _ in Float(4 * chance.uniform() - 2) }
  #expect(
    Models(current: restored).predictions(rows: rows)
      == Models(current: trained).predictions(rows: rows))
}

/// Training continues from a stored model exactly as from the one in memory.
@Test func aStoredModelLearnsOnIdentically() throws {
  let series = Streams.nightly(hours: 24 * 45)
  func next(_ model: Model) -> [UInt8]? {
    Streams.job(
      [series], number: 2, lastFullEndHour: Streams.firstHour + 24 * 40,
      models: Models(current: model)
    ).run().model?.bytes()
  }
  #expect(try next(Model(bytes: trained.bytes())) == next(trained))
}

@Test func rowsFarFromAnythingSeenGiveProbabilities() {
  for value in [Float.greatestFiniteMagnitude, -1e30, 0, 1e30] {
    let rows = [Float](repeating: value, count: trained.featureCount)
    let predictions = Models(current: trained, previous: trained).predictions(rows: rows)
    for said in [
      predictions.network, predictions.score, predictions.logistic, predictions.previousNetwork,
    ] {
      #expect((said ?? [-1]).allSatisfy { $0 >= 0 && $0 <= 1 })
    }
  }
}

@Test func aTruncatedModelIsAnError() {
  let bytes = trained.bytes()
  for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 97)) {
    #expect(throws: ByteReader.Damaged.self) { try Model(bytes: Array(bytes[..<length])) }
  }
}

@Test func aWeightThatIsNoNumberIsAnError() {
  var bytes = trained.bytes()
  // Somewhere among the network's weights, behind the means and the deviations.
  let place = 16 + 8 * trained.featureCount + 8 * 4 + 40
  for (offset, byte) in [0x00, 0x00, 0xc0, 0x7f].enumerated() {
    bytes[place & ~3 + offset] = UInt8(byte)
  }
  #expect(throws: ByteReader.Damaged.self) { try Model(bytes: bytes) }
}

/// Damaged bytes are an error or another model, never a trap; and every model forecasts probabilities.
@Test(arguments: 1...60 as ClosedRange<UInt64>)
func damagedBytesNeverTrap(seed: UInt64) {
  var chance = Chance(seed: seed)
  var bytes = trained.bytes()
  for _ in 0..<chance.integer(in: 1...20) {
    // Half of the damage where the lengths stand.
    let range = chance.happens(0.5) ? 0...63 : 0...bytes.count - 1
    bytes[chance.integer(in: range)] ^= UInt8(1 << chance.integer(in: 0...7))
  }
  guard let model = try? Model(bytes: bytes) else { return }
  let rows = [Float](repeating: 0.5, count: model.featureCount)
  let said = Models(current: model).predictions(rows: rows)
  #expect((said.network ?? []).allSatisfy { $0 >= 0 && $0 <= 1 })
}

@Test func aModelTrainedInFullKeepsThePreviousOne() {
  var models = Models()
  models.adopt(trained, isNew: true)
  #expect(models.previous == nil)
  models.adopt(trained, isNew: false)
  #expect(models.previous == nil)
  models.adopt(trained, isNew: true)
  #expect(models.previous == trained)
  #expect(models.fit(featureCount: trained.featureCount))
  #expect(!models.fit(featureCount: trained.featureCount + 1))
}
