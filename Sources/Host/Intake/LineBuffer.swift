import Glibc

/// The buffer that all lines are read into. Only this type accesses bytes by address.
struct LineBuffer: ~Copyable {
  let memory: UnsafeMutableRawBufferPointer
  /// The finished lines of the latest read.
  private(set) var lines = 0..<0

  init(capacity: Int) {
    memory = .allocate(byteCount: capacity, alignment: 4096)
  }

  /// A buffer for what a `FileLineReader` reads at once.
  init(forChunksOf maxBytes: Int) {
    self.init(capacity: Fingerprint.recentLength + maxBytes + 1)
  }

  deinit { memory.deallocate() }

  var span: RawSpan {
    @_lifetime(borrow self) borrowing get {
      let span = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: memory[lines]))
      return _overrideLifetime(span, borrowing: self)
    }
  }

  /// Copies lines that were read elsewhere into the buffer.
  mutating func setLines(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { memory.copyMemory(from: $0) }
    lines = 0..<bytes.count
  }

  mutating func setLines(_ range: Range<Int>) { lines = range }

  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[range])
  }

  func part(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: memory[range])
  }

  func firstNewline(in range: Range<Int>) -> Int? {
    guard !range.isEmpty, let base = memory.baseAddress,
      let found = memchr(base + range.lowerBound, 0x0a, range.count)
    else { return nil }
    return found - UnsafeMutableRawPointer(base)
  }

  /// Searches from the end, so that it scans one line, not the whole buffer.
  func lastNewline(in range: Range<Int>) -> Int? {
    var at = range.upperBound
    while at > range.lowerBound {
      at -= 1
      if memory[at] == 0x0a { return at }
    }
    return nil
  }

  func fingerprint(_ range: Range<Int>) -> UInt64 { Fingerprint.of(bytes(range)).value }
}
