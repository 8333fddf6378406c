/// The result of reading a line.
enum LineOutcome {
  /// A record with its time, in seconds since the epoch.
  case record(Int64)
  /// A header line, which is not counted.
  case header
  case rejected(RejectionReason)
}

/// Finds the time and the wanted fields in the lines of one format.
protocol LineReader {
  /// Whether header lines of a file determine how its other lines are read.
  var readsHeaders: Bool { get }

  /// What was learned from header lines; readers with equal values read the next lines equally.
  var learned: [String] { get }

  /// Called before the first line of a file.
  mutating func beginFile()

  /// - Parameters:
  ///   - context: Completes stamps that omit a part.
  ///   - fields: Empty when called; receives the wanted fields, each in its slot.
  mutating func read(_ line: RawSpan, _ context: StampContext, fields: inout FieldTable)
    -> LineOutcome

  /// The result for an entry whose fields are already separate.
  ///
  /// - Parameter entry: The bytes of the fields.
  func outcome(of entry: RawSpan, _ fields: borrowing FieldTable, _ context: StampContext)
    -> LineOutcome

  /// The names of the fields of the record that was just read, as settings may name them.
  func fieldNames(of line: RawSpan) -> [String]
}

extension LineReader {
  var readsHeaders: Bool { false }
  var learned: [String] { [] }
  mutating func beginFile() {}
  func outcome(of entry: RawSpan, _ fields: borrowing FieldTable, _ context: StampContext)
    -> LineOutcome
  { .rejected(.malformed) }
}

/// A compiled regular expression. The pipeline knows only this protocol; the library behind it belongs to `Host`.
package protocol PatternMatcher {
  /// The names of the groups, in the order in which `match` reports them.
  var groupNames: [String] { get }

  /// Searches the pattern in a line.
  ///
  /// - Parameter groups: Receives, for each group name, the range that matched, or nil.
  func match(_ line: RawSpan, groups: inout [Range<Int>?]) -> PatternOutcome
}

/// Compiles a regular expression.
package typealias PatternCompiler = (String) throws(PatternError) -> any PatternMatcher

/// The result of matching a line.
package enum PatternOutcome: Sendable {
  case matched
  case unmatched
  /// The match would have taken too many steps or too much memory.
  case limitReached
}

/// What is wrong with a regular expression.
package struct PatternError: Error, Equatable {
  package var message: String
  /// The position of the error, in bytes from the start of the pattern.
  package var offset: Int

  package init(message: String, offset: Int) {
    self.message = message
    self.offset = offset
  }
}
