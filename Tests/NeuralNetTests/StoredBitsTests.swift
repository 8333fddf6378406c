#if arch(x86_64)
  import Arithmetic
  import NeuralNet
  import Testing

  /// Training gives the bits it always gave, in debug as in release: a change of them is a change of
  /// every model and every replay, so it is made on purpose or not at all.
  @Suite struct StoredBitsTests {
    static let bits: [InstructionSet: String] = [
      .portable: "1c8c97c1af57f697",
      .avx2: "edfc57e058513bf4",
      .avx512: "a082542dd12a6d21",
    ]

    @Test(arguments: InstructionSet.available)
    func trainingGivesTheStoredBits(set: InstructionSet) {
      var generator = Xoshiro(seed: 21)
      // Uniform numbers only: a logarithm's last digit is the C library's affair.
      let rows = (0..<300 * 13).map { _ in Float(2 * generator.uniform() - 1) }
      let labels = rows.indices.filter { $0 % 13 == 0 }.map { rows[$0] > 0.7 ? Float(1) : 0 }
      let network = Network(
        shape: NetworkShape(inputCount: 13, hidden: [37, 20]), using: &generator)
      var learner = Learner(network: network, loss: PenalizedLoss(penalty: 10))
      learner.adam.weightDecay = 0.01
      learner.adam.clipNorm = 1
      for batchSize in [32, 70] {
        _ = learner.epoch(
          rows: rows, labels: labels, order: generator.shuffledIndices(count: 300),
          batchSize: batchSize, dropout: 0.2, on: set, using: &generator)
      }
      let learned = learner.network.parameters + learner.moments.second
      #expect(Self.hash(learned + learner.network.logits(of: rows, on: set)) == Self.bits[set])
    }

    /// Over the bit patterns of the numbers.
    private static func hash(_ numbers: [Float]) -> String {
      var hash = FNV1a()
      for number in numbers { hash.combine(word: UInt64(number.bitPattern)) }
      return hash.hexadecimal
    }
  }
#endif
