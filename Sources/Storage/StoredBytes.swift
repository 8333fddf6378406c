internal import CZstd
import Foundation

/// What was learned of a stream, as it lies in the file: zstd makes two fifths less of it in a tenth of a
/// millisecond, and the disk is written that much less every hour.
enum StoredBytes {
  /// A stream's bytes are far fewer; a frame that claims more is damaged.
  private static let bytesMax = 64 << 20
  private static let level: Int32 = 1

  static func compressed(_ bytes: [UInt8]) -> Data {
    var frame = Data(count: ZSTD_compressBound(bytes.count))
    let count = frame.withUnsafeMutableBytes { frame in
      ZSTD_compress(frame.baseAddress, frame.count, bytes, bytes.count, level)
    }
    // Without memory for it; what is no frame is read as it is.
    guard ZSTD_isError(count) == 0 else { return Data(bytes) }
    return frame.prefix(count)
  }

  /// - Returns: The bytes of a frame; of anything else, such as an older file has, what it is. None, if the frame is
  ///   damaged: they are learned anew.
  static func decompressed(_ stored: [UInt8]) -> [UInt8] {
    stored.withUnsafeBytes { data in
      let size = ZSTD_getFrameContentSize(data.baseAddress, data.count)
      // UInt64's two largest values stand for a size that is not known, and for no frame.
      guard size != UInt64.max - 1 else { return stored }
      guard size <= bytesMax else { return [] }
      return [UInt8](unsafeUninitializedCapacity: Int(size)) { bytes, count in
        let result = ZSTD_decompress(bytes.baseAddress, bytes.count, data.baseAddress, data.count)
        count = ZSTD_isError(result) == 0 ? result : 0
      }
    }
  }
}
