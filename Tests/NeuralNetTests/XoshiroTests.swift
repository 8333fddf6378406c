import Arithmetic
import NeuralNet
import Testing

@Suite struct XoshiroTests {
  /// From the state 1, 2, 3, 4: the numbers of the authors' C program.
  @Test func numbersAreThoseOfTheAuthors() {
    var generator = Xoshiro(state: SIMD4(1, 2, 3, 4))!
    let numbers = (0..<6).map { _ in generator.next() }
    #expect(
      numbers == [
        11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360,
        607_988_272_756_665_600,
      ])
  }

  @Test func stateContinuesTheSequence() {
    var generator = Xoshiro(seed: 9)
    _ = generator.next()
    var restored = Xoshiro(state: generator.state)!
    #expect(generator.next() == restored.next())
    #expect(Xoshiro(state: .zero) == nil)
  }

  @Test func seedsGiveDifferentSequences() {
    let firsts = (0..<1000).map { (seed: UInt64) in
      var generator = Xoshiro(seed: seed)
      return generator.next()
    }
    #expect(Set(firsts).count == 1000)
  }

  /// 100,000 draws: mean and variance within five standard errors.
  @Test func uniformsAndNormalsHaveTheirMoments() {
    var generator = Xoshiro(seed: 2)
    let uniforms = (0..<100_000).map { _ in generator.uniform() }
    let normals = (0..<100_000).map { _ in generator.normal() }
    #expect(uniforms.allSatisfy { (0..<1).contains($0) })
    #expect(abs(uniforms.reduce(0, +) / 1e5 - 0.5) < 0.005)
    #expect(abs(normals.reduce(0, +) / 1e5) < 0.016)
    #expect(abs(normals.reduce(0) { $0 + $1 * $1 } / 1e5 - 1) < 0.023)
    #expect(normals.allSatisfy { $0.isFinite })
  }

  @Test func shuffledIndicesAreAllOfThem() {
    var generator = Xoshiro(seed: 4)
    let indices = generator.shuffledIndices(count: 1000)
    #expect(indices.sorted() == (0..<1000).map(Int32.init))
    #expect(indices != indices.sorted())
    #expect(generator.shuffledIndices(count: 0).isEmpty)
  }
}
