import Arithmetic

/// What each threshold would have caught and cost in the last thirteen weeks, stream by stream.
package struct ThresholdTable {
  package private(set) var table = Table([
    .left("stream"), .right("threshold"), .right("warnings"), .right("false"),
    .right("requests"), .right("warned of"), .right("precision").leftOut(1),
    .right("recall").leftOut(2), .right("cost"),
    .left(""),
  ])

  package init(_ report: StatusReport) {
    // Before a stream's first hour is closed it has none.
    for stream in report.streams where stream.upcoming.threshold > 0 {
      let cheapest = stream.thresholds.map(\.cost).min()
      for trial in stream.thresholds {
        // Where nothing was to be caught all are alike.
        let isCheapest = trial.cost == cheapest && stream.upcoming.episodes > 0
        add(stream.name, trial, isCheapest ? "least cost" : "")
      }
      add(stream.name, stream.upcoming, "in use")
    }
  }

  private mutating func add(_ stream: String, _ warnings: StatusReport.Warnings, _ note: String) {
    table.add([
      stream, Decimals.text(warnings.threshold, 2), "\(warnings.alerts)",
      "\(warnings.falseAlarms)", "\(warnings.episodes)", "\(warnings.warned)",
      warnings.precision.map { Decimals.text($0, 2) } ?? "–",
      warnings.recall.map { Decimals.text($0, 2) } ?? "–", Decimals.text(warnings.cost, 1), note,
    ])
  }
}
