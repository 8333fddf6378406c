import Arithmetic
import Forecasting
import Records
import Series

/// Counting what was read.
extension Monitor {
  /// A batch of lines of which some are not counted yet: hours must be closed before.
  struct PartlyRead: Sendable {
    fileprivate var source: Int
    fileprivate var segments: ArraySlice<RecordBatch.Segment>
    fileprivate var hasLines: Bool
    fileprivate var positions: PositionChanges
  }

  mutating func read(_ batch: RecordBatch, of source: Int, _ positions: PositionChanges) {
    sources[source].isBehind = true
    sources[source].take(batch)
    reading = PartlyRead(
      source: source, segments: batch.segments[...], hasLines: batch.lineCount > 0,
      positions: positions)
  }

  /// Counts what is not counted yet, and closes the hours that it lets close.
  ///
  /// - Parameter limit: Hours of one stream; what is left is counted with the next event.
  /// - Returns: How many were closed.
  @discardableResult mutating func readOn(
    atMost limit: Int = .max, into effects: inout [Effect]
  ) -> Int {
    var closed = 0
    while let source = reading?.source, let segment = reading?.segments.first {
      sources[source].watermark = max(sources[source].watermark ?? .min, segment.watermark)
      // The segment's first line lets these hours close; what it has for them came too late.
      closed += closeHours(atMost: limit - closed, into: &effects)
      if limit < .max, canClose { return closed }
      reading?.segments.removeFirst()
      if openHour == nil, streams.isEmpty { openHour = closableHour.map { $0 + 1 } }
      for tally in segment.tallies { count(tally, of: source) }
      noteActivity(source, hour: Int(floorDivide(segment.watermark, 3600)))
    }
    guard let read = reading else { return closed }
    reading = nil
    if read.hasLines { noteActivity(read.source, hour: nil) }
    changes.positions.append(read.positions)
    return closed
  }

  /// - Parameter hour: Of a record; nil for lines of whatever kind.
  private mutating func noteActivity(_ source: Int, hour: Int?) {
    let over = sources[source].silence.noteActivity(
      hour: hour, openHour: openHour ?? 0, from: sources[source].name)
    changes.alerts += [over].compactMap(\.self)
  }

  private mutating func count(_ tally: RecordBatch.Tally, of source: Int) {
    let written = streamName(source: source, key: tally.key)
    // Equal texts may be of different bytes (é, e and an accent), which the state file would tell apart.
    let known =
      streams.index(forKey: written).map { streams.keys[$0] }
      ?? streamCache.name(equalTo: written)
      ?? forgottenStreams.index(forKey: written).map { forgottenStreams.keys[$0] }
    let name = known ?? written
    guard known != nil || hasRoomForStreams else {
      sources[source].overflowCount += tally.count
      return
    }
    let isNew = known == nil || forgottenStreams.removeValue(forKey: name) != nil
    sources[source].countedCount += tally.count
    // Hours that are over stay over: a line for one of them still counts, but opens nothing again.
    let start = max(tally.hour, openHour ?? tally.hour)
    if isNew, !hasRoomInMemory {
      streamCache.evict(name, latestHour: tally.hour, [])
      changes.isDormant[name] = true
    } else if streams[name].map({ start < $0.series.openHour }) ?? isNew {
      begin(name, source: source, at: start)
    }
    if let closable = closableHour, tally.hour <= closable, start == tally.hour {
      // Only a training run keeps its hour open: for the forecast it is too late.
      lateTallies[tally.hour, default: []].append((name, tally))
    } else {
      take(tally, of: name)
    }
    changes.counts[Changes.Count(stream: name, hour: tally.hour), default: 0] += tally.count
    changes.latestRequests[name] = max(changes.latestRequests[name] ?? .min, tally.latest)
  }

  mutating func take(_ tally: RecordBatch.Tally, of name: String) {
    if streams[name] == nil {
      streamCache.take(tally, of: name, openHour: openHour)
    } else {
      streams[name]?.take(tally)
    }
  }

  /// Whether a new stream would be taken.
  package var hasRoomForStreams: Bool {
    streams.count + dormantCount + forgottenStreams.count
      < settings.maxStreams + settings.maxDormantStreams
  }

  /// As it is once the awaited streams are loaded.
  private var hasRoomInMemory: Bool {
    let awaitedCount = streamCache.loadRequest.map { $0.names.count - $0.leaving.count } ?? 0
    return streams.count + awaitedCount < settings.maxStreams
  }

  /// What was counted for a stream in hours that wait to be closed.
  func waitingTallies(of name: String) -> [RecordBatch.Tally] {
    lateTallies.values.joined().filter { $0.stream == name }.map(\.tally)
  }

  package func streamName(source: Int, key: String) -> String {
    key.isEmpty ? settings.sources[source].name : "\(settings.sources[source].name):\(key)"
  }

  /// A new stream; or one of which nothing is closed yet, and that turns out to have begun earlier.
  private mutating func begin(_ name: String, source: Int, at hour: Int) {
    let known = streams[name]
    streams[name] = Stream(
      source: source,
      series: HourlySeries(
        firstHour: min(hour, known?.series.firstHour ?? hour), openHour: hour,
        buckets: known?.series.buckets ?? []),
      forecaster: newForecaster(source: source, firstHour: hour),
      latestRequest: known?.latestRequest ?? .min)
  }

  func newForecaster(source: Int, firstHour: Int) -> StreamForecaster {
    StreamForecaster(
      startingAt: firstHour, calendar: calendar(source: source), settings: settings.forecast)
  }

  func calendar(source: Int) -> HourCalendar {
    HourCalendar(
      timeZone: settings.sources[source].timeZone, holidays: settings.forecast.holidays)
  }
}
