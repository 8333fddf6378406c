/// What a line turned out to be.
enum LineOutcome {
  /// A request, at so many seconds since the epoch.
  case record(Int64)
  /// Part of a header: expected, and nothing to count.
  case header
  case rejected(RejectionReason)
}

/// Finds the time and the wanted fields in the lines of one format.
protocol LineReader {
  /// Whether lines at a file's beginning say what those after them mean.
  var readsHeaders: Bool { get }

  /// What lines before said about the next, should they do so: equal where the next are read alike.
  var learned: [String] { get }

  /// The next line is the first of a file.
  mutating func beginFile()

  /// - Parameters:
  ///   - context: For stamps that leave something out.
  ///   - fields: Empty when called; gets the wanted fields, each in its slot.
  mutating func read(_ line: RawSpan, _ context: StampContext, fields: inout FieldTable)
    -> LineOutcome

  /// What a record turns out to be whose fields are known already.
  ///
  /// - Parameter entry: What the fields stand in.
  func outcome(of entry: RawSpan, _ fields: borrowing FieldTable, _ context: StampContext)
    -> LineOutcome

  /// The fields that a record just read has, as settings may name them.
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

/// A compiled regular expression. The pipeline knows only this; the library behind it belongs to the host.
package protocol PatternMatcher {
  /// The names of the groups, in the order in which `match` reports them.
  var groupNames: [String] { get }

  /// Looks for the pattern in a line.
  ///
  /// - Parameter groups: Gets, for each group name, the bytes that matched, or nil.
  func match(_ line: RawSpan, groups: inout [Range<Int>?]) -> PatternOutcome
}

/// Makes a matcher of a regular expression.
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
  /// Where, in bytes from the start of the pattern.
  package var offset: Int

  package init(message: String, offset: Int) {
    self.message = message
    self.offset = offset
  }
}
