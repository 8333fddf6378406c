import Arithmetic
import Forecasting
import Records
import Series

/// Counting the records of a batch.
extension Monitor {
  /// A batch of lines that is not counted completely, because hours must be closed first.
  struct PartlyRead: Sendable {
    fileprivate var source: Int
    fileprivate var segments: ArraySlice<RecordBatch.Segment>
    fileprivate var hasLines: Bool
    fileprivate var positions: PositionChanges
  }

  mutating func read(_ batch: RecordBatch, of source: Int, _ positions: PositionChanges) {
    sources[source].isBehind = true
    sources[source].add(batch)
    reading = PartlyRead(
      source: source, segments: batch.segments[...], hasLines: batch.lineCount > 0,
      positions: positions)
  }

  /// Counts the rest of the current batch, and closes the hours that its times allow to close.
  ///
  /// - Parameter limit: Hours of one stream to close; the rest of the batch is counted with the next event.
  /// - Returns: How many hours were closed.
  @discardableResult mutating func continueCounting(
    atMost limit: Int = .max, into effects: inout [Effect]
  ) -> Int {
    var closed = 0
    while let source = reading?.source, let segment = reading?.segments.first {
      sources[source].watermark = max(sources[source].watermark ?? .min, segment.watermark)
      // The segment's first line lets these hours close; records for them later in the segment are late.
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

  /// - Parameter hour: The hour of a record; nil for any line.
  private mutating func noteActivity(_ source: Int, hour: Int?) {
    let over = sources[source].silence.noteActivity(
      hour: hour, openHour: openHour ?? 0, from: sources[source].name)
    changes.alerts += [over].compactMap(\.self)
  }

  private mutating func count(_ tally: RecordBatch.Tally, of source: Int) {
    let written = streamName(source: source, key: tally.key)
    // Swift compares strings by canonical equivalence (é equals e with a combining accent), SQLite by bytes: use the
    // spelling that is stored.
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
    // Closed hours stay closed: a late record is counted, but does not reopen an hour.
    let start = max(tally.hour, openHour ?? tally.hour)
    if isNew, !hasRoomInMemory {
      streamCache.evict(name, latestHour: tally.hour, [])
      changes.isDormant[name] = true
    } else if streams[name].map({ start < $0.series.openHour }) ?? isNew {
      begin(name, source: source, at: start)
    }
    if let closable = closableHour, tally.hour <= closable, start == tally.hour {
      // The hour may close and is open only because a training run is on: the record is too late for its forecast.
      lateTallies[tally.hour, default: []].append((name, tally))
    } else {
      add(tally, to: name)
    }
    changes.counts[Changes.Count(stream: name, hour: tally.hour), default: 0] += tally.count
    changes.latestRequests[name] = max(changes.latestRequests[name] ?? .min, tally.latest)
  }

  mutating func add(_ tally: RecordBatch.Tally, to name: String) {
    if streams[name] == nil {
      streamCache.add(tally, to: name, openHour: openHour)
    } else {
      streams[name]?.add(tally)
    }
  }

  /// Whether there is room for a new stream.
  package var hasRoomForStreams: Bool {
    streams.count + dormantCount + forgottenStreams.count
      < settings.maxStreams + settings.maxDormantStreams
  }

  /// Counts the streams that are being loaded as if they were in memory.
  private var hasRoomInMemory: Bool {
    let awaitedCount = streamCache.loadRequest.map { $0.names.count - $0.leaving.count } ?? 0
    return streams.count + awaitedCount < settings.maxStreams
  }

  /// The late records of a stream that are not added to its counts yet.
  func waitingTallies(of name: String) -> [RecordBatch.Tally] {
    lateTallies.values.joined().filter { $0.stream == name }.map(\.tally)
  }

  package func streamName(source: Int, key: String) -> String {
    key.isEmpty ? settings.sources[source].name : "\(settings.sources[source].name):\(key)"
  }

  /// Creates a stream; or moves the start of one that has no closed hour yet to an earlier hour.
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
