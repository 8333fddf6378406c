/// What the experts of a list say of one hour.
package struct ExpertPredictions: Equatable, Sendable {
  /// Stands for no prediction where predictions are kept.
  package static let absent = -1.0

  package let list: ExpertList
  /// `[expert]`, of the first experts of the list or of all; `absent` where one has nothing to say.
  private(set) var values: [Double]

  /// - Parameter values: At most one an expert, in the order of the list.
  package init(_ list: ExpertList, _ values: ArraySlice<Double>) {
    self.init(list, Array(values))
  }

  init(_ list: ExpertList, _ values: [Double]) {
    precondition(values.count <= list.count, "a prediction belongs to an expert")
    self.list = list
    self.values = values
  }

  /// Nil if the expert is not in the list, or has nothing to say.
  package subscript(expert: any Expert.Type) -> Double? {
    list.index(of: expert).flatMap { self[$0] }
  }

  /// - Parameter index: The expert's place in the list.
  package subscript(index: Int) -> Double? {
    guard index < values.count else { return nil }
    let value = values[index]
    return value == Self.absent ? nil : value
  }

  /// `[expert]`, with the base rate in the place of those that have nothing to say.
  package var filled: [Double] {
    let baseRate = self[BaseRate.self] ?? 0.5
    return values.map { $0 == Self.absent ? baseRate : $0 }
  }

  /// What the baselines say.
  var baselines: [Double] {
    list.types.indices.compactMap { list.types[$0].isBaseline ? self[$0] : nil }
  }

  /// What one expert counts for in a mixture.
  package struct Contribution: Equatable, Sendable {
    /// Its name.
    package var expert: String
    /// Its part of the weight of those that have something to say.
    package var weight: Double
    package var probability: Double
  }

  /// - Parameter weights: `[expert]`, of the mixture.
  /// - Returns: Of those that have something to say, the one that counts most first.
  package func contributions(_ weights: [Double]) -> [Contribution] {
    let present = weights.indices.filter { self[$0] != nil }
    let total = present.reduce(0) { $0 + weights[$1] }
    return present.sorted { (weights[$1], $0) < (weights[$0], $1) }.map {
      Contribution(
        expert: list.types[$0].name,
        // All weight may be with those that have nothing to say.
        weight: total > 0 ? weights[$0] / total : 1 / Double(present.count),
        probability: self[$0] ?? 0)
    }
  }

  mutating func append(_ prediction: Double?) {
    values.append(prediction ?? Self.absent)
  }

  /// Begins with another hour, in the same memory.
  mutating func removeAll() {
    values.removeAll(keepingCapacity: true)
  }
}
