import Host
import Monitoring

extension HealthEvent {
  var sentence: String {
    switch self {
    case .sourceStalled: "No lines come although requests were expected"
    case .modelDegraded: "The network forecasts worse than the baselines"
    case .sourceCameBack: "Lines come again"
    case .modelRecovered: "The network is as good as the baselines again"
    }
  }
}

extension JournalMessage {
  init(_ healthEvent: HealthEvent) {
    var fields: [Field]
    let id: MessageID
    switch healthEvent {
    case .sourceStalled(let name, let hours, let bits):
      id = .stalledSource
      fields = [
        Field("HARBINGER_SOURCE", name), Field("HARBINGER_HOURS_SILENT", hours),
        Field("HARBINGER_BITS", Self.digits(bits)),
      ]
    case .sourceCameBack(let name, let hours):
      id = .wellAgain
      fields = [
        Field("HARBINGER_REASON", "no lines came from \(name)"), Field("HARBINGER_SOURCE", name),
        Field("HARBINGER_HOURS_SILENT", hours),
      ]
    case .modelDegraded(let skill):
      id = .modelDegraded
      fields = [Field("HARBINGER_SKILL", Self.digits(skill))]
    case .modelRecovered(let skill):
      id = .wellAgain
      fields = [
        Field("HARBINGER_REASON", "the network forecast worse than the baselines"),
        Field("HARBINGER_SKILL", Self.digits(skill)),
      ]
    }
    self.init(
      healthEvent.sentence, priority: id == .wellAgain ? .notice : .warning, id: id, fields: fields)
  }

  /// Trouble with the state, the journal or the status file, or its end.
  init(problem: String, isOver: Bool) {
    self.init(
      isOver ? "Well again" : "Something is wrong", priority: isOver ? .notice : .error,
      id: isOver ? .wellAgain : .stateProblem, fields: [Field("HARBINGER_REASON", problem)])
  }
}
