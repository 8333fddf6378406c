import Arithmetic
import Forecasting
import Glibc
import Host
import NeuralNet
import Records
import Replay
import Settings

/// Trains the network that harbinger brings, on the logs of a settings file, and writes its weights; `deploy/pretrain`
/// has the logs.
///
///     Pretraining SETTINGS WEIGHTS
///
/// A source with a key gives the streams of all its files together; without one each file is a stream. Of ten streams
/// one is not learned from but scored.
@main
enum Pretraining {
  private static let seed: UInt64 = 1
  private static let hidden = [64, 32]
  private static let rowsMax = 800_000
  private static let epochs = 4
  private static let batchSize = 256
  /// Of one source, so that none has a say in everything.
  private static let piecesMax = 400
  private static let judgesMax = 100

  static func main() {
    do {
      let arguments = CommandLine.arguments.dropFirst()
      guard let settings = arguments.first, let weights = arguments.dropFirst().first else {
        throw Usage()
      }
      try run(settings: settings, weights: weights)
    } catch {
      let sentence = "Pretraining: \(error)\n"
      _ = write(STDERR_FILENO, sentence, sentence.utf8.count)
      exit(EXIT_FAILURE)
    }
  }

  private struct Usage: Error, CustomStringConvertible {
    var description: String { "expected a settings file and the file to write" }
  }

  private static func run(settings path: String, weights: String) throws {
    var text: [UInt8] = []
    var reader = OneShotReader(paths: [path])
    while reader.advance() != nil { reader.lines.withUnsafeBytes { text += $0 } }
    let settings = try SettingsReader.ofThisMachine.read(text, file: path)
    var generator = Xoshiro(seed: seed)
    var pieces: [StreamPiece] = []
    var judges: [StreamPiece] = []
    for source in settings.sources {
      let (own, judging) = try Self.pieces(of: source, settings, using: &generator)
      print("\(source.name): \(own.count) pieces to learn from, \(judging.count) to score")
      pieces += own
      judges += judging
    }
    for index in pieces.indices {
      let other = pieces[Int(generator.uniform() * Double(pieces.count))]
      pieces[index].vary(with: other, using: &generator)
    }
    let model = train(pieces, judges, using: &generator)
    let bytes = model.bytes()
    let file = try Descriptor(
      opening: weights, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644, operation: "create")
    try file.writeAll(bytes.span, path: weights)
    print("\(bytes.count) bytes")
  }

  // MARK: - Pieces

  private static func pieces(
    of source: SourceSettings, _ settings: ServiceSettings, using generator: inout Xoshiro
  ) throws -> (own: [StreamPiece], judging: [StreamPiece]) {
    let paths = (source.origin as? FilePaths)?.patterns ?? []
    var settings = settings
    settings.sources = [source]
    var own: [StreamPiece] = []
    var judging: [StreamPiece] = []
    var streamCount = 0
    for log in source.key == nil ? paths.map({ [$0] }) : [paths] {
      let history = try LogHistory(
        paths: log, settings: settings, now: WallClock.nowSeconds, progress: { _, _ in })
      guard let hours = history.hours else { continue }
      var streams: [String: [Int: Int]] = [:]
      for tally in history.batch.segments.flatMap(\.tallies) {
        streams[tally.key, default: [:]][tally.hour, default: 0] += tally.count
      }
      for (_, counts) in streams.sorted(by: { $0.key < $1.key }) {
        let pieces = StreamPiece.pieces(
          of: counts, endHour: hours.upperBound + 1, using: &generator)
        streamCount += 1
        if streamCount % 10 == 0 { judging += pieces } else { own += pieces }
      }
    }
    let order = generator.shuffledIndices(count: own.count)
    own = order.prefix(piecesMax).map { own[Int($0)] }
    weigh(&own, of: source.name)
    return (own, Array(judging.prefix(judgesMax)))
  }

  /// Rare streams weigh more, for each is to gain as much as a busy one, and hours of long logs less. Those of logs that
  /// were made up weigh twice as much: few real ones are of an office.
  private static func weigh(_ pieces: inout [StreamPiece], of source: String) {
    let hours = Double(pieces.reduce(0) { $0 + $1.originCount })
    let scale = pow(hours, -0.35) * (source.hasPrefix("made-up") ? 2 : 1)
    for index in pieces.indices {
      pieces[index].weight = pow(entropy(pieces[index].activeShare), -0.8) * scale
    }
  }

  // MARK: - Training

  private static func train(
    _ pieces: [StreamPiece], _ judges: [StreamPiece], using generator: inout Xoshiro
  ) -> PretrainedModel {
    let inputCount = PretrainedModel.inputNames.count
    var rows = PieceRows(pieces, rowsMax: rowsMax, using: &generator)
    var judging = PieceRows(judges, rowsMax: rowsMax / 2, using: &generator)
    let standardizer = Standardizer(fitting: rows.inputs, featureCount: inputCount)
    rows.standardize(standardizer)
    judging.standardize(standardizer)
    print("\(rows.count) rows")
    let loss = PenalizedLoss(penalty: 1)
    var network = Network(
      shape: NetworkShape(inputCount: inputCount, hidden: hidden), outputScale: 0.1,
      using: &generator)
    network.setOutputBias(loss.logit(probability: rows.activeShare))
    var learner = Learner(network: network, loss: loss)
    learner.adam.learningRate = 1e-3
    learner.adam.weightDecay = 0.3
    learner.adam.clipNorm = 1
    let stepCount = epochs * ((rows.count + batchSize - 1) / batchSize)
    for epoch in 1...epochs {
      let done = learner.epoch(
        rows: rows.inputs, labels: rows.labels, weights: rows.weights,
        order: generator.shuffledIndices(count: rows.count), batchSize: batchSize, dropout: 0.1,
        schedule: .cosine(firstStep: 0, stepCount: stepCount), using: &generator)
      let skills = judging.skills(of: learner.network).map { age, skill in
        "days \(age.lowerBound)–\(age.upperBound): \(Decimals.text(skill, 3))"
      }
      print(
        "epoch \(epoch): loss \(Decimals.text(done.trainingLoss, 4)); skill of streams that were kept aside, "
          + skills.joined(separator: ", "))
    }
    return PretrainedModel(standardizer: standardizer, network: learner.network)
  }
}
