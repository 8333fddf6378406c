import Forecasting
import Series

/// What is stored of one stream.
///
/// It is encoded only when it is written, one stream at a time: the bytes of a thousand streams would take as much
/// memory as the streams.
package struct LearnedStream: Equatable, Sendable {
  private enum Content: Sendable {
    case bytes([UInt8])
    case stream(Monitor.Stream, source: String, shape: String)
  }

  private let content: Content

  /// - Parameter bytes: What `bytes` returned.
  package init(bytes: [UInt8]) {
    content = .bytes(bytes)
  }

  /// - Parameters:
  ///   - source: The name of its source.
  ///   - shape: Identifies the settings and feature lists under which the stream was learned; see `Monitor.shape`.
  init(_ stream: Monitor.Stream, source: String, shape: String) {
    content = .stream(stream, source: source, shape: shape)
  }

  /// With a checksum at the end.
  package var bytes: [UInt8] {
    switch content {
    case .bytes(let bytes): return bytes
    case .stream(let stream, let source, let shape):
      var writer = ByteWriter()
      writer.write(source)
      writer.write(shape)
      writer.write(stream.series.firstHour)
      writer.write(stream.series.openHour)
      writer.write(Int(stream.latestRequest))
      stream.forecaster.write(to: &writer)
      stream.policy.write(to: &writer)
      return writer.sealed()
    }
  }

  package static func == (one: LearnedStream, other: LearnedStream) -> Bool {
    one.bytes == other.bytes
  }
}
