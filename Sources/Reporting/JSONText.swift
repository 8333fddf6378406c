import Foundation

/// What we print or publish for machines: keys in snake case and in order, slashes as they are.
package enum JSONText {
  /// The value in UTF-8, without a line break at the end.
  package static func bytes(_ value: some Encodable, onOneLine: Bool = false) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if !onOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
    return Array(try encoder.encode(value))
  }

  /// The same as a text.
  package static func text(_ value: some Encodable, onOneLine: Bool = false) throws -> String {
    String(decoding: try bytes(value, onOneLine: onOneLine), as: UTF8.self)
  }

  /// Nil: this is no array of strings.
  package static func strings(_ text: String) -> [String]? {
    try? JSONDecoder().decode([String].self, from: Data(text.utf8))
  }
}
