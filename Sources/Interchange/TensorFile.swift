import Foundation
import Records
import Reporting

/// Named arrays of 32-bit floats with text metadata, as a safetensors file.
///
/// The file has eight bytes with the length of the JSON header, the header with the position of each tensor, and the
/// tensors without gaps. Reading an untrusted file limits all sizes, and accepts finite numbers only.
///
/// - Source: https://github.com/huggingface/safetensors, "Format".
package struct TensorFile: Equatable {
  /// An array of numbers, the last dimension contiguous.
  package struct Tensor: Equatable {
    /// The size of each dimension, outermost first.
    package var shape: [Int]
    /// The values in row-major order; their number is the product of `shape`.
    package var values: [Float]

    package init(shape: [Int], values: [Float]) {
      self.shape = shape
      self.values = values
    }
  }

  /// By name.
  package var tensors: [String: Tensor] = [:]
  /// Texts about the tensors, by name.
  package var metadata: [String: String] = [:]

  package init() {}

  /// The largest file that is read.
  package static let bytesMax = 64 << 20
  private static let headerBytesMax = 1 << 20
  private static let metadataName = "__metadata__"

  private struct Entry: Codable {
    var dtype: String
    var shape: [Int]
    var dataOffsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  private struct Header: Codable {
    var metadata: [String: String] = [:]
    var entries: [String: Entry] = [:]

    init() {}

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      for name in container.allKeys {
        if name.stringValue == TensorFile.metadataName {
          metadata = try container.decode([String: String].self, forKey: name)
        } else {
          entries[name.stringValue] = try container.decode(Entry.self, forKey: name)
        }
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Name.self)
      try container.encode(metadata, forKey: Name(stringValue: TensorFile.metadataName))
      for (name, entry) in entries { try container.encode(entry, forKey: Name(stringValue: name)) }
    }
  }

  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

// MARK: - Writing

extension TensorFile {
  /// The file: its header as JSON, then the values.
  ///
  /// - Source: The safetensors format, version 0.
  package func bytes() throws -> [UInt8] {
    var header = Header()
    header.metadata = metadata
    var content: [UInt8] = []
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let start = content.count
      content.append(littleEndian: tensor.values)
      header.entries[name] = Entry(
        dtype: "F32", shape: tensor.shape, dataOffsets: [start, content.count])
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var text = Array(try encoder.encode(header))
    // Pads the header, so that the numbers start at a multiple of eight.
    text += repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
    return length + text + content
  }
}

extension [UInt8] {
  mutating func append(littleEndian values: [Float]) {
    reserveCapacity(count + 4 * values.count)
    for value in values {
      Swift.withUnsafeBytes(of: value.bitPattern.littleEndian) { append(contentsOf: $0) }
    }
  }
}

// MARK: - Reading

extension TensorFile {
  /// - Throws: `UnusableModelFile`, with the problem in words.
  package init(bytes: [UInt8]) throws(UnusableModelFile) {
    guard bytes.count >= 8 else {
      throw UnusableModelFile("it has \(bytes.count) bytes, too few for a safetensors file")
    }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= min(Self.headerBytesMax, bytes.count - 8) else {
      throw UnusableModelFile("its header would have \(length) bytes: it is no safetensors file")
    }
    let content = bytes[(8 + Int(length))...]
    let header = try Self.header(bytes[8..<8 + Int(length)])
    metadata = header.metadata
    var end = 0
    let entries = header.entries.sorted {
      ($0.value.dataOffsets.first ?? 0, $0.key) < ($1.value.dataOffsets.first ?? 0, $1.key)
    }
    for (name, entry) in entries {
      tensors[name] = try Self.tensor(name, entry, after: end, in: content)
      end = entry.dataOffsets[1]
    }
    guard end == content.count else {
      throw UnusableModelFile("\(content.count - end) bytes at its end belong to no tensor")
    }
  }

  private static func header(_ bytes: ArraySlice<UInt8>) throws(UnusableModelFile) -> Header {
    do {
      return try JSONDecoder().decode(Header.self, from: Data(bytes))
    } catch {
      throw UnusableModelFile("its header is not the JSON of a safetensors file")
    }
  }

  /// - Parameter end: The end of the previous tensor, where this one must start.
  private static func tensor(
    _ name: String, _ entry: Entry, after end: Int, in content: ArraySlice<UInt8>
  ) throws(UnusableModelFile) -> Tensor {
    let shown = String(escapedForDisplay: name, limit: 60)
    guard entry.dtype == "F32" else {
      let type = String(escapedForDisplay: entry.dtype, limit: 20)
      throw UnusableModelFile("\(shown): found the type \(type), expected F32")
    }
    var byteCount = 4
    for length in entry.shape {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow, product <= bytesMax else {
        throw UnusableModelFile("\(shown): its shape is larger than any model")
      }
      byteCount = product
    }
    guard entry.dataOffsets == [end, end + byteCount], end + byteCount <= content.count else {
      throw UnusableModelFile("\(shown): its place in the file does not fit its shape")
    }
    var values: [Float] = []
    values.reserveCapacity(byteCount / 4)
    let start = content.startIndex + end
    for place in stride(from: start, to: start + byteCount, by: 4) {
      let word = content[place..<place + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      values.append(Float(bitPattern: word))
    }
    guard values.allSatisfy(\.isFinite) else {
      throw UnusableModelFile("\(shown): it holds a number that is not finite")
    }
    return Tensor(shape: entry.shape, values: values)
  }
}

/// Why a file cannot be imported as a model, in a sentence for the operator.
package struct UnusableModelFile: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
