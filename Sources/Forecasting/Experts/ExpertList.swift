/// The experts of a mixture, in the order of their weights.
package struct ExpertList: Equatable, Sendable {
  package let types: [any Expert.Type]

  /// An expert may use what those before it say.
  package static let standard = ExpertList([
    BaseRate.self, HourOfDay.self, HourOfWeek.self, GapProbability.self, IntermittentDemand.self,
    DailyHabit.self, WorkdayHabit.self, WeeklySchedule.self,
    PretrainedNetwork.self, LogisticRegression.self, CurrentNetwork.self, PreviousNetwork.self,
    RecalibratedNetwork.self, StackedNetwork.self, StackedBaselines.self, SharedWeights.self,
  ])

  package init(_ types: [any Expert.Type]) {
    self.types = types
  }

  package var count: Int { types.count }
  package var names: [String] { types.map { $0.name } }
  /// `[expert]`, summing to 1.
  package var priors: [Double] {
    let total = types.reduce(0) { $0 + $1.prior }
    return types.map { $0.prior / total }
  }
  package var baselines: [any Expert.Type] { types.filter { $0.isBaseline } }

  /// Where an expert stands; nil: it is not in the list.
  package func index(of expert: any Expert.Type) -> Int? {
    types.firstIndex { $0 == expert }
  }

  package static func == (a: ExpertList, b: ExpertList) -> Bool {
    a.types.elementsEqual(b.types) { $0 == $1 }
  }
}
