/// What is known of a file before its lines are read.
package struct FileOutline: Equatable, Sendable {
  /// The first bytes, uncompressed: room for the longest header there is.
  package var beginning: [UInt8]
  /// Some lines between the reading position and the end, in their order.
  package var sample: [UInt8]
  /// In seconds since the epoch; nil where unknown.
  package var lastWritten: Int64?

  package init(beginning: [UInt8], sample: [UInt8] = [], lastWritten: Int64? = nil) {
    self.beginning = beginning
    self.sample = sample
    self.lastWritten = lastWritten
  }
}
