/// A password or key in its own file: a path, or a credential that systemd loaded for the unit.
package enum Secret {
  /// Why the secret cannot be read, in one sentence.
  package struct Missing: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
  }

  private static let bytesMax = 4_096

  /// - Parameter name: A path, or the name of a credential.
  /// - Returns: Its bytes without trailing line breaks; at least one.
  /// - Throws: `SystemError`, `Missing`
  package static func read(_ name: String) throws -> [UInt8] {
    var path = name
    if !name.contains("/") {
      guard let folder = ProcessFacts.folder(.credentials) else {
        throw Missing("no credential \(name): the unit needs LoadCredential=\(name):FILE")
      }
      path = "\(folder)/\(name)"
    }
    guard let bytes = try SmallFile.read(path, limitBytes: bytesMax) else {
      throw Missing("the secret \(path) is not there")
    }
    let text = bytes.prefix(bytes.count - bytes.reversed().prefix { $0 == 10 || $0 == 13 }.count)
    guard !text.isEmpty else { throw Missing("the secret \(path) is empty") }
    return Array(text)
  }
}
