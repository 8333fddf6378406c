internal import CPCRE2
package import Records

/// A PCRE2 regular expression. It is compiled to machine code where the system permits it, else interpreted
/// (`MemoryDenyWriteExecute=yes`). Steps, depth and memory of a match are limited, so that no line can make it run
/// without end.
///
/// It matches bytes. A pattern that starts with `(*UTF)` matches characters, and then does not match a line that is not
/// UTF-8.
package final class Pattern: PatternMatcher {
  package let groupNames: [String]
  package let isCompiledToMachineCode: Bool

  private let code: OpaquePointer
  private let matchData: OpaquePointer
  private let context: OpaquePointer
  private let jitStack: OpaquePointer?
  /// The number of each named group.
  private let groupNumbers: [Int]

  static let maxSteps: UInt32 = 100_000
  static let maxDepth: UInt32 = 10_000
  static let maxHeapKibibytes: UInt32 = 4_096
  static let maxJITStackBytes = 512 * 1_024
  static let maxPatternBytes = 16_384

  /// The `PatternCompiler` for parsers.
  package static func compile(_ regex: String) throws(PatternError) -> any PatternMatcher {
    try Pattern(regex)
  }

  /// - Throws: `PatternError`, with PCRE2's message and the byte offset; also for a pattern that is too long.
  package init(_ pattern: String) throws(PatternError) {
    guard pattern.utf8.count <= Self.maxPatternBytes else {
      throw PatternError(
        message: "longer than \(Self.maxPatternBytes) bytes", offset: Self.maxPatternBytes)
    }
    var errorCode: Int32 = 0
    var errorOffset = 0
    let compiled = Array(pattern.utf8).withUnsafeBufferPointer {
      pcre2_compile_8(
        $0.baseAddress, $0.count, PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C, &errorCode,
        &errorOffset, nil)
    }
    guard let compiled else {
      throw PatternError(message: Self.message(errorCode), offset: errorOffset)
    }
    guard let matchData = pcre2_match_data_create_from_pattern_8(compiled, nil),
      let context = pcre2_match_context_create_8(nil)
    else { preconditionFailure("out of memory") }
    pcre2_set_match_limit_8(context, Self.maxSteps)
    pcre2_set_depth_limit_8(context, Self.maxDepth)
    pcre2_set_heap_limit_8(context, Self.maxHeapKibibytes)
    isCompiledToMachineCode = pcre2_jit_compile_8(compiled, PCRE2_JIT_COMPLETE) == 0
    jitStack =
      isCompiledToMachineCode ? pcre2_jit_stack_create_8(32_768, Self.maxJITStackBytes, nil) : nil
    if let jitStack { pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(jitStack)) }
    code = compiled
    self.matchData = matchData
    self.context = context
    (groupNames, groupNumbers) = Self.groups(of: compiled)
  }

  deinit {
    pcre2_jit_stack_free_8(jitStack)
    pcre2_match_context_free_8(context)
    pcre2_match_data_free_8(matchData)
    pcre2_code_free_8(code)
  }

  package func match(_ line: RawSpan, groups: inout [Range<Int>?]) -> PatternOutcome {
    let result = line.withUnsafeBytes { bytes in
      bytes.withMemoryRebound(to: UInt8.self) {
        pcre2_match_8(code, $0.baseAddress, $0.count, 0, 0, matchData, context)
      }
    }
    guard result > 0 else {
      switch result {
      case PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_HEAPLIMIT,
        PCRE2_ERROR_JIT_STACKLIMIT, PCRE2_ERROR_NOMEMORY:
        return .limitReached
      default: return .unmatched
      }
    }
    let offsets = pcre2_get_ovector_pointer_8(matchData)!
    for (index, number) in groupNumbers.enumerated() {
      let (start, end) = (offsets[2 * number], offsets[2 * number + 1])
      // A group that did not match has the greatest value, −1 here; `\K` in a group may make the start greater than the
      // end.
      groups[index] = start >= 0 && start <= end && end <= line.byteCount ? start..<end : nil
    }
    return .matched
  }

  /// Reads PCRE2's name table: entries of equal size, each with the group's number in two bytes and its name.
  private static func groups(of code: OpaquePointer) -> (names: [String], numbers: [Int]) {
    var count: UInt32 = 0
    var entrySize: UInt32 = 0
    var table: UnsafePointer<UInt8>?
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMECOUNT), &count)
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &entrySize)
    pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table)
    guard let table else { return ([], []) }
    var names: [String] = []
    var numbers: [Int] = []
    for index in 0..<Int(count) {
      let entry = table + index * Int(entrySize)
      numbers.append(Int(entry[0]) << 8 | Int(entry[1]))
      names.append(String(cString: entry + 2))
    }
    return (names, numbers)
  }

  private static func message(_ code: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 256)
    let length = pcre2_get_error_message_8(code, &buffer, buffer.count)
    return length > 0
      ? String(decoding: buffer.prefix(Int(length)), as: UTF8.self) : "error \(code)"
  }
}
