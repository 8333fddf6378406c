internal import CGcrypt

/// Proves to who knows the same secret that a message is ours and whole.
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

  /// Asking for its version initialises the library. Two threads that do so at once end the process, so it is done
  /// once, as every static constant is made.
  private static let isReady = gcry_check_version(nil) != nil
}
