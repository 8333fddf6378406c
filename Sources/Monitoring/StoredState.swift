package import Forecasting
import Records
package import Series

/// The content of the state file: all that a monitor needs to continue as if it had never stopped.
package struct StoredState: Sendable {
  /// What is stored of one stream.
  package struct Stream: Sendable {
    /// What was learned, with its checksum; empty if nothing was stored.
    package var bytes: [UInt8] {
      get { unpack?(packed) ?? packed }
      set { (packed, unpack) = (newValue, nil) }
    }
    /// Kept compressed, because the unpacked bytes of all streams would take as much memory as the streams.
    package private(set) var packed: [UInt8]
    private var unpack: (@Sendable ([UInt8]) -> [UInt8])?
    /// What a start asks of the stream, with a checksum; empty if it is in the bytes only.
    package var header: [UInt8]
    /// Hours with requests, ascending.
    package var buckets: [HourlySeries.Bucket]
    /// In seconds since the epoch; nil if it is stored in the bytes only.
    package var latestRequest: Int64?
    /// The number of the newest training run that had ended when the bytes were stored; 0 if before all known runs.
    package var runCount = 0

    /// - Parameters:
    ///   - unpack: Unpacks `bytes`, each time they are read; nil if they are not compressed.
    ///   - header: As the property; so are `buckets` and `latestRequest`.
    package init(
      bytes: [UInt8], unpack: (@Sendable ([UInt8]) -> [UInt8])? = nil, header: [UInt8] = [],
      buckets: [HourlySeries.Bucket], latestRequest: Int64? = nil
    ) {
      packed = bytes
      self.unpack = unpack
      self.header = header
      self.buckets = buckets
      self.latestRequest = latestRequest
    }
  }

  /// What is known of a stream that is not in memory.
  package struct Dormant: Equatable, Sendable {
    /// The hour of its newest request.
    package var latestHour: Int
    /// Its hours with requests that are not closed yet.
    package var buckets: [HourlySeries.Bucket] = []

    /// A dormant stream without requests in open hours.
    package init(latestHour: Int) {
      self.latestHour = latestHour
    }
  }

  /// What belongs to no single stream, with its checksum; empty if nothing was stored.
  package var memory: [UInt8]
  /// The streams that are in memory.
  package var streams: [String: Stream]
  /// All other known streams.
  package var dormant: [String: Dormant] = [:]
  package var models: Models
  /// The changes of the last days; see `NetworkChange.keptHours`.
  package var networkChanges: [NetworkChange] = []
  /// In the order in which they were recorded.
  package var trainingRows: [TrainingBuffer.Row] = []

  package init(memory: [UInt8] = [], streams: [String: Stream] = [:], models: Models = Models()) {
    self.memory = memory
    self.streams = streams
    self.models = models
  }
}
