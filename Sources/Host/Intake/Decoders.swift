import CLZMA
import CZlib
import CZstd

/// How a file is compressed.
package enum Compression: Hashable, Sendable, CaseIterable {
  case gzip
  case zstd
  case xz

  /// The format by a file's first bytes; six are enough.
  init?(magic bytes: some Collection<UInt8>) {
    if bytes.starts(with: [0x1f, 0x8b]) {
      self = .gzip
    } else if bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd])
      // A skippable frame, with which pzstd starts its files.
      || bytes.first.map({ $0 & 0xf0 == 0x50 }) ?? false
        && bytes.dropFirst().starts(with: [0x2a, 0x4d, 0x18])
    {
      self = .zstd
    } else if bytes.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) {
      self = .xz
    } else {
      return nil
    }
  }

  func makeDecoder() -> any Decoder {
    switch self {
    case .gzip: IgzipDecoder() ?? ZlibDecoder()
    case .zstd: ZstdDecoder()
    case .xz: XZDecoder()
    }
  }
}

/// The bytes are not what their format allows.
package struct DecodingFailure: Error {}

/// The common interface of the decompression libraries.
package protocol Decoder: AnyObject {
  /// Decodes from the front of `input` to the front of `output`, and removes the consumed and the filled bytes from
  /// both.
  ///
  /// - Parameter inputEnded: Nothing follows `input`.
  func step(
    _ input: inout UnsafeRawBufferPointer, _ output: inout UnsafeMutableRawBufferPointer,
    inputEnded: Bool
  ) throws(DecodingFailure)

  /// Whether the input consumed so far is a complete compressed file.
  var isComplete: Bool { get }
  /// Whether the rest of the input is no compressed data and must be ignored, as gzip does.
  var isFinished: Bool { get }
}

extension UnsafeRawBufferPointer {
  mutating func removeFirst(_ count: Int) { self = .init(rebasing: self[count...]) }
}

extension UnsafeMutableRawBufferPointer {
  mutating func removeFirst(_ count: Int) { self = .init(rebasing: self[count...]) }
}

/// Decodes gzip with zlib: any number of members; padding and garbage after the last are ignored.
package final class ZlibDecoder: Decoder {
  // zlib keeps a pointer to the stream and refuses it at another address.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var memberCount = 0
  package private(set) var isComplete = false
  package private(set) var isFinished = false

  package init() {
    stream.initialize(to: z_stream())
    let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib has no memory")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  package func step(
    _ input: inout UnsafeRawBufferPointer, _ output: inout UnsafeMutableRawBufferPointer,
    inputEnded: Bool
  ) throws(DecodingFailure) {
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    stream.pointee.avail_in = UInt32(input.count)
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(output.count)
    let status = inflate(stream, Z_NO_FLUSH)
    if stream.pointee.avail_in < UInt32(input.count) { isComplete = false }
    input.removeFirst(input.count - Int(stream.pointee.avail_in))
    output.removeFirst(output.count - Int(stream.pointee.avail_out))
    switch status {
    case Z_OK, Z_BUF_ERROR: return
    case Z_STREAM_END:
      memberCount += 1
      isComplete = true
      inflateReset(stream)
    case Z_DATA_ERROR where memberCount > 0 && stream.pointee.total_out == 0:
      isComplete = true
      isFinished = true
    default: throw DecodingFailure()
    }
  }
}

/// Decodes any number of zstd frames. The library rejects a window above 128 MB.
private final class ZstdDecoder: Decoder {
  private let stream: OpaquePointer
  private(set) var isComplete = false
  let isFinished = false

  init() {
    guard let stream = ZSTD_createDStream() else { preconditionFailure("zstd has no memory") }
    self.stream = stream
  }

  deinit { ZSTD_freeDStream(stream) }

  func step(
    _ input: inout UnsafeRawBufferPointer, _ output: inout UnsafeMutableRawBufferPointer,
    inputEnded: Bool
  ) throws(DecodingFailure) {
    var from = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var to = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let status = ZSTD_decompressStream(stream, &to, &from)
    guard ZSTD_isError(status) == 0 else { throw DecodingFailure() }
    if from.pos > 0 || to.pos > 0 { isComplete = status == 0 }
    input.removeFirst(from.pos)
    output.removeFirst(to.pos)
  }
}

/// Decodes any number of xz streams. The library rejects files that need more than 128 MB of memory.
private final class XZDecoder: Decoder {
  private let stream = UnsafeMutablePointer<lzma_stream>.allocate(capacity: 1)
  private(set) var isComplete = false
  var isFinished: Bool { isComplete }

  init() {
    stream.initialize(to: lzma_stream())
    // LZMA_CONCATENATED, a macro Swift cannot see.
    let status = lzma_stream_decoder(stream, 128 << 20, 0x08)
    precondition(status == LZMA_OK, "liblzma has no memory")
  }

  deinit {
    lzma_end(stream)
    stream.deallocate()
  }

  func step(
    _ input: inout UnsafeRawBufferPointer, _ output: inout UnsafeMutableRawBufferPointer,
    inputEnded: Bool
  ) throws(DecodingFailure) {
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = input.count
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = output.count
    let status = lzma_code(stream, inputEnded ? LZMA_FINISH : LZMA_RUN)
    input.removeFirst(input.count - stream.pointee.avail_in)
    output.removeFirst(output.count - stream.pointee.avail_out)
    switch status {
    case LZMA_OK, LZMA_BUF_ERROR: return
    case LZMA_STREAM_END: isComplete = true
    default: throw DecodingFailure()
    }
  }
}
