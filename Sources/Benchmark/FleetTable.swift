/// The table of what happens to cells of different sizes, in 90 days and after an outage of all machines.
enum FleetTable {
  private static let columns = [
    "machines", "without a process: median", "99 %", "worst", "of all time",
    "all counted again: 99 %",
    "a broker writes", "at most", "sends at most", "group's record",
  ]

  static func text(machineCounts: [Int], partitionsEach: Int, seed: UInt64) -> String {
    let sizes = machineCounts.map { count in
      var settings = FleetSimulation.Settings()
      settings.machineCount = count
      settings.partitionsEach = partitionsEach
      return settings
    }
    let usual = sizes.map { settings in
      [String(settings.machineCount)]
        + cells(FleetSimulation(settings, seed: seed).run())
    }
    let outages = sizes.flatMap { settings in
      // Kafka's own delay, and a longer one.
      [3.0, 60.0].map { delay in
        var settings = settings
        settings.formingSeconds = delay
        let outcome = FleetSimulation(settings, seed: seed).runOutage(backWithinSeconds: 300)
        return [
          String(settings.machineCount), duration(delay), duration(outcome.delays.share(0.5)),
          duration(outcome.delays.share(1)), String(outcome.mostPartitions),
          String(outcome.gaps.count),
        ]
      }
    }
    let outageColumns = [
      "machines", "the group waits for more", "all counted again: median", "worst",
      "most partitions of one machine", "processes started",
    ]
    return [
      "90 days, in which each machine is lost once for an hour and restarted three times:",
      table([columns] + usual), "",
      "All machines are down for ten minutes and come back within five, one by one:",
      table([outageColumns] + outages),
    ].joined(separator: "\n")
  }

  private static func cells(_ outcome: FleetSimulation.Outcome) -> [String] {
    [
      duration(outcome.gaps.share(0.5)), duration(outcome.gaps.share(0.99)),
      duration(outcome.gaps.share(1)), share(outcome.shareWithoutProcess),
      duration(outcome.delays.share(0.99)), size(outcome.writtenMean) + "/s",
      size(outcome.writtenPeak) + "/s",
      size(outcome.readPeak) + "/s", size(outcome.groupRecordBytes),
    ]
  }

  private static func duration(_ seconds: Double) -> String {
    seconds < 120 ? "\(Int(seconds.rounded())) s" : "\(Int((seconds / 60).rounded())) min"
  }

  private static func share(_ share: Double) -> String {
    "\((share * 1e7).rounded() / 1e5) %"
  }

  private static func size(_ bytes: Double) -> String {
    bytes < 1e6 ? "\(Int((bytes / 1e3).rounded())) kB" : "\(Int((bytes / 1e6).rounded())) MB"
  }

  private static func table(_ rows: [[String]]) -> String {
    ([rows[0], rows[0].map { _ in "---" }] + rows.dropFirst())
      .map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }
}

extension [Double] {
  /// Of values in order: the one below which this share of them is; 0 if there are none.
  fileprivate func share(_ share: Double) -> Double {
    isEmpty ? 0 : self[Swift.min(count - 1, Int(share * Double(count)))]
  }
}
