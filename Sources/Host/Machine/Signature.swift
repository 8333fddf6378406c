internal import CGcrypt

/// A message authentication code: proves, to a receiver that has the same secret, who sent a message and that it is
/// unchanged.
package enum Signature {
  /// HMAC with SHA-256: 32 bytes.
  ///
  /// - Source: RFC 2104, by libgcrypt, which libsystemd brings into the process anyway.
  package static func hmacSHA256(of message: [UInt8], secret: [UInt8]) -> [UInt8] {
    precondition(isReady, "libgcrypt is there")
    var digest = [UInt8](repeating: 0, count: 32)
    var secret = secret
    var message = message
    let code = secret.withUnsafeMutableBytes { key in
      message.withUnsafeMutableBytes { text in
        var buffers = [key, text].map { bytes in
          var buffer = gcry_buffer_t()
          (buffer.data, buffer.size, buffer.len) = (bytes.baseAddress, bytes.count, bytes.count)
          return buffer
        }
        // With this flag the first buffer is the key.
        return gcry_md_hash_buffers(
          Int32(GCRY_MD_SHA256.rawValue), UInt32(GCRY_MD_FLAG_HMAC.rawValue), &digest, &buffers, 2)
      }
    }
    precondition(code == 0, "libgcrypt knows HMAC with SHA-256")
    return digest
  }

  /// The version check initialises the library. It must not run on two threads at once; Swift initialises a static
  /// constant exactly once.
  private static let isReady = gcry_check_version(nil) != nil
}
