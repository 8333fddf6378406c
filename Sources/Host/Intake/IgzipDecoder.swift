import CISAL
import Glibc

/// The functions of ISA-L that decode gzip, loaded from the shared library if it is installed.
///
/// It is loaded, not linked, so that the program runs without it, using zlib, and a daemon that reads no compressed
/// file does not have it in memory.
private struct IgzipLibrary: Sendable {
  typealias Prepare = @Sendable @convention(c) (UnsafeMutablePointer<inflate_state>) -> Void
  typealias Inflate = @Sendable @convention(c) (UnsafeMutablePointer<inflate_state>) -> CInt

  let initialize: Prepare
  let reset: Prepare
  let inflate: Inflate

  /// Nil if the library is not installed.
  static let installed = IgzipLibrary()

  private init?() {
    // The number is that of the binary interface to which the imported types belong.
    guard let library = dlopen("libisal.so.2", RTLD_NOW | RTLD_LOCAL),
      let initialize = dlsym(library, "isal_inflate_init"),
      let reset = dlsym(library, "isal_inflate_reset"),
      let inflate = dlsym(library, "isal_inflate")
    else { return nil }
    self.initialize = unsafeBitCast(initialize, to: Prepare.self)
    self.reset = unsafeBitCast(reset, to: Prepare.self)
    self.inflate = unsafeBitCast(inflate, to: Inflate.self)
  }
}

/// Gzip members decoded by ISA-L, which takes less than half of zlib's time; padding and garbage after the last
/// member are ignored.
package final class IgzipDecoder: Decoder {
  private let library: IgzipLibrary
  // Allocated once, because it has tens of kilobytes.
  private let state = UnsafeMutablePointer<inflate_state>.allocate(capacity: 1)
  private var memberCount = 0
  /// How many of the two magic bytes of a member have been checked. The library would consume more of the garbage after
  /// the last member before it reports an error.
  private var magicCount = 0
  package private(set) var isComplete = false
  package private(set) var isFinished = false

  /// Nil if the library is not installed.
  package init?() {
    guard let library = IgzipLibrary.installed else {
      state.deallocate()
      return nil
    }
    self.library = library
    library.initialize(state)
    state.pointee.crc_flag = UInt32(ISAL_GZIP)
  }

  deinit { state.deallocate() }

  package func step(
    _ input: inout UnsafeRawBufferPointer, _ output: inout UnsafeMutableRawBufferPointer,
    inputEnded: Bool
  ) throws(DecodingFailure) {
    guard try beginsMember(input) else { return }
    state.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    state.pointee.avail_in = UInt32(input.count)
    state.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    state.pointee.avail_out = UInt32(output.count)
    let status = library.inflate(state)
    if state.pointee.avail_in < UInt32(input.count) { isComplete = false }
    input.removeFirst(input.count - Int(state.pointee.avail_in))
    output.removeFirst(output.count - Int(state.pointee.avail_out))
    guard status == ISAL_DECOMP_OK else { throw DecodingFailure() }
    if state.pointee.block_state == ISAL_BLOCK_FINISH {
      memberCount += 1
      magicCount = 0
      isComplete = true
      library.reset(state)
      state.pointee.crc_flag = UInt32(ISAL_GZIP)
    }
  }
  /// - Returns: False if garbage follows the last member, which ends the data.
  private func beginsMember(_ input: UnsafeRawBufferPointer) throws(DecodingFailure) -> Bool {
    for byte in input.prefix(2 - magicCount) {
      guard byte == (magicCount == 0 ? 0x1f : 0x8b) else {
        guard memberCount > 0 else { throw DecodingFailure() }
        isComplete = true
        isFinished = true
        return false
      }
      magicCount += 1
    }
    return true
  }
}
