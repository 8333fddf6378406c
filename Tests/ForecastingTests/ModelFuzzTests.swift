import Arithmetic
import Forecasting
import NeuralNet
import Series
import TestSupport
import Testing

/// Goal: no bytes become a model that traps or forecasts something that is no probability, even if their checksum is
/// right. Method: seeded damage to a stored model, with a corrected checksum.
@Test func anyBytesAreAModelOrAreRefused() throws {
  let trained = try #require(Streams.job([Streams.nightly(hours: 24 * 40)]).run().model)
  let content = Array(trained.bytes().dropLast(8))
  // Where the lengths and shapes are, and the first of the weights.
  let front = Array(content.prefix(900))
  var chance = Chance(seed: Fuzzing.seed)
  var acceptedCount = 0
  for _ in 0..<Fuzzing.rounds(usually: 400) {
    let bytes =
      chance.happens(0.5)
      ? Fuzzing.damaged(content, &chance)
      : Fuzzing.damaged(front, &chance) + content.dropFirst(front.count)
    guard let model = try? Model(bytes: ByteWriter.sealing(bytes)) else { continue }
    acceptedCount += 1
    let rows = (0..<2 * model.featureCount).map { _ in Float(200 * chance.uniform() - 100) }
    let predictions = Models(current: model).predictions(rows: rows)
    for probability in (predictions.network ?? [.nan]) + (predictions.logistic ?? [.nan]) {
      #expect(probability >= 0 && probability <= 1)
    }
  }
  // Otherwise no code beyond the checksum test was exercised.
  #expect(acceptedCount > 0)
}
