import Arithmetic
import Forecasting
import Foundation
import NeuralNet
import Series
import TestSupport
import Testing

/// Goal: the network that the program brings says what it was trained to say, to young streams only, whatever comes.
@Suite struct PretrainedModelTests {
  /// Features were changed since, if this fails: `deploy/pretrain` trains it again.
  private let model: PretrainedModel

  init() throws {
    model = try #require(PretrainedModel.shipped)
  }

  private static func row(_ number: Int, of model: PretrainedModel) -> [Float] {
    PretrainedModel.inputNames.indices.map { column in
      let deviations = Float((31 * number + 17 * column) % 23 - 11) / 4
      return model.standardizer.means[column] + model.standardizer.deviations[column] * deviations
    }
  }

  /// Held to what NumPy computed with the stored weights (`Tests/Peers/pretrained_numbers.py`).
  @Test(arguments: InstructionSet.available)
  func probabilitiesAreThoseOfNumPy(set: InstructionSet) throws {
    let file = Checkout.root.appending(path: "Tests/Peers/pretrained_numbers.json")
    let expected = try JSONDecoder().decode([Double].self, from: Data(contentsOf: file))
    var rows = expected.indices.flatMap { Self.row($0, of: model) }
    model.standardizer.apply(to: &rows, on: set)
    let logits = model.network.logits(of: rows, on: set)
    for (logit, probability) in zip(logits, expected) {
      #expect(abs(sigmoid(Double(logit)) - probability) < 1e-6)
    }
    #expect(Set(expected).count == 16)
  }

  @Test func bytesAreReadBack() throws {
    #expect(try PretrainedModel(bytes: model.bytes()) == model)
    #expect(model.bytes().count < 300_000)
  }

  /// Damage is refused, also under a checksum that fits.
  @Test(arguments: 1...200 as ClosedRange<UInt64>)
  func damagedBytesAreRefusedOrFinite(seed: UInt64) {
    var chance = Chance(seed: seed)
    var bytes = Array(model.bytes().dropLast(8))
    for _ in 0..<chance.integer(in: 1...20) {
      bytes[chance.integer(in: 0...bytes.count - 1)] = UInt8(chance.integer(in: 0...255))
    }
    if chance.happens(0.2) { bytes.removeLast(chance.integer(in: 1...bytes.count)) }
    #expect(throws: ByteReader.Damaged.self) { try PretrainedModel(bytes: bytes) }
    guard let damaged = try? PretrainedModel(bytes: ByteWriter.sealing(bytes)) else { return }
    var rows = Self.row(1, of: damaged)
    damaged.standardizer.apply(to: &rows)
    let areFinite = damaged.network.logits(of: rows).allSatisfy { $0.isFinite }
    #expect(areFinite)
  }

  /// Whatever the features are.
  @Test func everyRowGivesAProbability() {
    var rolling = RollingFeatures(startingAt: Streams.firstHour, calendar: Streams.calendar)
    rolling.close(active: true, count: 1)
    let strange: [Float] = [.nan, .infinity, -.infinity, 1e30, -1e30, 0]
    var chance = Chance(seed: 1)
    for _ in 0..<200 {
      let row = FeatureRows.names.map { _ in strange[chance.integer(in: 0...5)] }
      let said = model.probabilities(row, of: rolling) ?? []
      #expect(said.count == 1 && said.allSatisfy { (0...1).contains($0) })
    }
  }

  /// It has an expert's say for three months, and then none.
  @Test func onlyYoungStreamsAreForecast() {
    let hours = PretrainedModel.hoursMax
    let judged = Streams.judged([1] + [Int](repeating: 0, count: hours + 48))
    for forecast in judged where forecast.lead == 1 {
      let age = forecast.target - Streams.firstHour
      #expect((forecast.experts[PretrainedNetwork.self] != nil) == (age <= hours))
    }
  }

  /// It was not trained on such.
  @Test func busyStreamsAreNotForecast() {
    for forecast in Streams.judged([Int](repeating: 1, count: 100)) where forecast.lead == 1 {
      let age = forecast.target - Streams.firstHour
      #expect((forecast.experts[PretrainedNetwork.self] != nil) == (age <= 24))
    }
  }

  @Test func withoutItNothingIsClaimedToComeFromIt() {
    var settings = ForecastSettings()
    settings.pretrained = nil
    for forecast in Streams.judged([1, 0, 1, 0], settings: settings) {
      #expect(forecast.experts[PretrainedNetwork.self] == nil)
    }
  }

  /// What it is for: working hours are expected in the second week, better than without it.
  @Test func secondWeekOfWorkingHoursIsBetterKnown() {
    var chance = Chance(seed: 5)
    let counts = (0..<24 * 14).map { hour in
      let isWork = hour / 24 % 7 < 5 && (9..<17).contains(hour % 24)
      return hour == 0 || chance.happens(isWork ? 0.7 : 0.004) ? 1 : 0
    }
    func logLoss(_ settings: ForecastSettings) -> Double {
      var evaluation = Evaluation(fromHour: Streams.firstHour + 24 * 7, leads: [1, 6, 24])
      evaluation.record(stream: "s", Streams.judged(counts, settings: settings))
      return evaluation.series(stream: "s", lead: nil)[.mixture].logLoss
    }
    var without = ForecastSettings()
    without.pretrained = nil
    #expect(logLoss(ForecastSettings()) < 0.9 * logLoss(without))
  }
}
