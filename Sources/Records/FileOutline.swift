/// The parts of a file that determine how its lines are read, read before the lines.
package struct FileOutline: Equatable, Sendable {
  /// The first bytes, uncompressed; enough for every known header.
  package var beginning: [UInt8]
  /// Some lines between the reading position and the end, in their order.
  package var sample: [UInt8]
  /// When the file was last written, in seconds since the epoch; nil if unknown.
  package var lastWritten: Int64?

  package init(beginning: [UInt8], sample: [UInt8] = [], lastWritten: Int64? = nil) {
    self.beginning = beginning
    self.sample = sample
    self.lastWritten = lastWritten
  }
}
