import Arithmetic
import Forecasting
import Interchange
import NeuralNet
import Series
import TestSupport
import Testing

/// A model of random numbers, with moments and a rate that was halved twice.
private let model: Model = {
  var chance = Chance(seed: 4)
  let count = FeatureRows.names.count
  func learner(hidden: [Int], penalty: Float) -> Learner {
    let shape = NetworkShape(inputCount: count, hidden: hidden)
    func numbers() -> [Float] {
      (0..<shape.parameterCount).map { _ in Float(chance.uniform() - 0.5) }
    }
    return Learner(
      network: Network(shape: shape, parameters: numbers()),
      moments: AdamMoments(first: numbers(), second: numbers().map(\.magnitude), step: 1_234),
      loss: PenalizedLoss(penalty: penalty), caution: 0.25)
  }
  return Model(
    standardizer: Standardizer(
      means: (0..<count).map { _ in Float(chance.uniform()) },
      deviations: (0..<count).map { $0 == 3 ? 0 : Float(chance.uniform()) }),
    network: learner(hidden: [5, 4], penalty: 10), logistic: learner(hidden: [], penalty: 1))
}()

private func file() throws -> TensorFile { try ModelTensors(model).file }

@Test func anExportedModelComesBackToTheBit() throws {
  let bytes = try file().bytes()
  #expect(bytes.prefix(8).last == 0 && bytes[8] == UInt8(ascii: "{"))
  #expect(try ModelTensors(TensorFile(bytes: bytes)).model().bytes() == model.bytes())
}

/// As a program writes it that knows nothing of Adam.
@Test func aModelWithoutMomentsBeginsWithNone() throws {
  var file = try file()
  for name in file.tensors.keys where name.hasSuffix("_moment") { file.tensors[name] = nil }
  for name in ["network.step", "network.caution", "logistic.step", "logistic.caution"] {
    file.metadata[name] = nil
  }
  let read = try ModelTensors(TensorFile(bytes: file.bytes())).model()
  #expect(read.network.network == model.network.network)
  #expect(
    read.network.moments == AdamMoments(parameterCount: read.network.network.parameters.count))
  #expect(read.logistic.caution == 1)
}

/// Each way in which a model may not fit, with a part of the error message.
@Test(arguments: [
  ("features", #"["weekend"]"#, "found 1 names"), ("features", "{", "found 0 names"),
  ("format", "harbinger-model-2", "expected 'harbinger-model-1'"), ("clip", "5", "expected 6"),
  ("network.penalty", "0", "above zero"), ("network.penalty", "-inf", "expected a number"),
  ("network.penalty", "\u{1B}[2J", #"found '\x1b[2J'"#), ("logistic.caution", "2", "from 1/1024"),
  ("network.step", "-1", "Adam's steps"),
]) func aFactThatDoesNotFitIsRefused(name: String, value: String, sentence: String) throws {
  var file = try file()
  file.metadata[name] = value
  #expect(refusal(file)?.contains(sentence) == true, "\(refusal(file) ?? "accepted")")
}

@Test(
  arguments: [
    ("standardizer.mean", [2], [1, 2], "expected [\(FeatureRows.names.count)]"),
    (
      "network.1.weight", [4, 5], [Float](repeating: 0, count: 20),
      "found the shape [\(FeatureRows.names.count), 5], expected [\(FeatureRows.names.count), 4]"
    ),
    ("network.0.bias", [5], [1, 2, 3e38, 4, 5], "may not be finite"),
    ("network.1.bias.second_moment", [4], [1, -1, 1, 1], "below zero"),
    ("network.2.bias.third_moment", [1], [1], "no part of a model"),
    ("logistic.1.weight", [1, 1], [1], "logistic.1.bias: it is not there"),
    ("\u{1B}[2J", [1], [1], #"\x1b[2J: no part of a model"#),
  ] as [(String, [Int], [Float], String)])
func aTensorThatDoesNotFitIsRefused(
  name: String, shape: [Int], values: [Float], sentence: String
) throws {
  var file = try file()
  file.tensors[name] = .init(shape: shape, values: values)
  #expect(refusal(file)?.contains(sentence) == true, "\(refusal(file) ?? "accepted")")
}

private func refusal(_ file: TensorFile) -> String? {
  do {
    _ = try ModelTensors(TensorFile(bytes: file.bytes())).model()
    return nil
  } catch {
    return "\(error)"
  }
}

/// Files that no program writes, each with a header and some bytes behind it.
@Test(arguments: [
  ("", 0, "JSON"), ("[]", 0, "JSON"), ("{", 0, "JSON"), (#"{"a":3}"#, 0, "JSON"),
  (#"{"a":{"dtype":"F32","shape":[1e99],"data_offsets":[0,4]}}"#, 4, "JSON"),
  (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#, 8, "expected F32"),
  (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, 8, "its place"),
  (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "its place"),
  (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[]}}"#, 8, "its place"),
  (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#, 8, "its place"),
  (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8, "belong to no tensor"),
  (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}"#, 8, "larger than any"),
  (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, 4, "larger"),
  (#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#, 4, "not finite"),
]) func aFileThatIsNoneIsRefused(header: String, count: Int, sentence: String) {
  var bytes = [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8)
  bytes += repeatElement(sentence == "not finite" ? 0xff : 0, count: count)
  let error = #expect(throws: UnusableModelFile.self) { try TensorFile(bytes: bytes) }
  #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
}

@Test func everyTruncatedFileIsRefused() throws {
  let bytes = try file().bytes()
  for length in stride(from: 0, to: bytes.count, by: 61) {
    #expect(throws: UnusableModelFile.self) { try TensorFile(bytes: Array(bytes[..<length])) }
  }
}

/// Goal: no bytes trap, and an accepted model forecasts probabilities. Method: seeded damage, half of it in the header.
@Test(arguments: 1...40 as ClosedRange<UInt64>)
func damagedFilesNeverTrap(seed: UInt64) throws {
  var chance = Chance(seed: seed)
  let whole = try file().bytes()
  for _ in 0..<10 {
    var bytes = whole
    for _ in 0..<chance.integer(in: 1...6) {
      let range = chance.happens(0.5) ? 0...2_000 : 0...bytes.count - 1
      bytes[chance.integer(in: range)] ^= UInt8(1 << chance.integer(in: 0...7))
    }
    guard let read = try? ModelTensors(TensorFile(bytes: bytes)).model() else { continue }
    let rows = (0..<read.featureCount).map { _ in Float(200 * chance.uniform() - 100) }
    let said = Models(current: read).predictions(rows: rows)
    for probability in (said.network ?? [.nan]) + (said.logistic ?? [.nan]) {
      #expect(probability >= 0 && probability <= 1)
    }
  }
}
