import Forecasting
import GRDB
import Monitoring
import Storage
import Testing

/// What a state tells about its streams without any settings.
struct StreamRecordTests {
  private static func terms(minRequests: Int = 2, holdHours: Int = 3) -> StreamTerms {
    var forecast = ForecastSettings()
    (forecast.minRequests, forecast.holdHours) = (minRequests, holdHours)
    return StreamTerms(timeZone: "Europe/Berlin", forecast: forecast, alert: AlertSettings())
  }

  private static var changes: Changes {
    var changes = Changes.counts([
      ("web", 500_000, 3), ("web", 500_001, 2), ("web", 500_004, 1), ("web", 500_006, 2),
      ("new", 500_008, 1), ("dormant", 499_000, 5),
    ])
    changes.terms = ["web": terms(), "new": terms()]
    changes.isDormant = ["dormant": true]
    changes.forecasts = [
      .init(stream: "web", hour: 500_006, probabilities: [0.1], threshold: 0.5),
      .init(stream: "web", hour: 500_007, probabilities: [0.5, 1], threshold: 0.625),
      .init(stream: "dormant", hour: 499_000, probabilities: [0.1]),
    ]
    return changes
  }

  @Test func eachStreamHasItsTermsItsNewestForecastAndItsActiveHours() throws {
    let state = try StateFile()
    try state.commit(Self.changes)
    let records = try state.streamRecords()
    #expect(records.map(\.name) == ["new", "web"])
    #expect(records[0].forecast == nil && records[0].activeHours == [])
    #expect(records[1].terms == Self.terms())
    #expect(records[1].forecast == Self.changes.forecasts[1])
    // Two requests make an hour active, and it lasts three hours; up to the forecast.
    #expect(
      records[1].activeHours == [500_000, 500_001, 500_002, 500_003, 500_006, 500_007])
    #expect(try state.hasModel() == false)
  }

  /// Goal: impossible numbers are read as missing, so no reader computes with them.
  @Test(arguments: [
    #"{}"#, #"{"timeZone": 1}"#,
    #"""
    {"timeZone":"UTC","horizonHours":24,"minRequests":1,"holdHours":9223372036854775807,"leadHours":[1,6],"evidenceActiveHours":5,"evidenceDays":3}
    """#,
    #"""
    {"timeZone":"UTC","horizonHours":24,"minRequests":1,"holdHours":1,"leadHours":[6,1],"evidenceActiveHours":5,"evidenceDays":3}
    """#,
  ])
  func termsThatCannotBeAreLeftOut(text: String) throws {
    let shelf = try Shelf()
    let state = try shelf.open()
    try state.commit(Self.changes)
    try DatabaseQueue(path: shelf.path).write {
      try $0.execute(sql: "UPDATE stream SET terms = ?", arguments: [text])
    }
    let records = try state.streamRecords()
    #expect(records.count == 2 && records.allSatisfy { $0.terms == nil && $0.activeHours == [] })
  }

  @Test func anEmptyStateHasNoStream() throws {
    #expect(try StateFile().streamRecords() == [])
  }
}
