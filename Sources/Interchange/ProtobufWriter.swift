/// Encodes a Protocol Buffers message; supports what an ONNX file needs.
///
/// - Source: https://protobuf.dev/programming-guides/encoding/
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ value: Int, field: Int) {
    writeVarint(field << 3)
    writeVarint(value)
  }

  mutating func write(_ text: String, field: Int) {
    write(Array(text.utf8), field: field)
  }

  mutating func write(_ content: [UInt8], field: Int) {
    writeVarint(field << 3 | 2)
    writeVarint(content.count)
    bytes += content
  }

  mutating func write(field: Int, _ message: (inout ProtobufWriter) -> Void) {
    var writer = ProtobufWriter()
    message(&writer)
    write(writer.bytes, field: field)
  }

  private mutating func writeVarint(_ value: Int) {
    var rest = UInt64(bitPattern: Int64(value))
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
