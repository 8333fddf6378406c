import Glibc
import NeuralNet

/// Writes the rows, their order and the initial weights for other frameworks, as raw little-endian numbers.
struct PeerFiles {
  let directory: String

  func write(_ work: TrainingWork) throws {
    try write(work.rows, to: "rows.f32")
    try write(work.labels, to: "labels.f32")
    try write(work.order, to: "order.i32")
    try write(work.network.parameters, to: "parameters.f32")
  }

  func write<Number>(_ numbers: [Number], to name: String) throws {
    let path = directory + "/" + name
    guard let file = fopen(path, "w") else { throw WriteError(path: path, code: errno) }
    let written = numbers.withUnsafeBytes { fwrite($0.baseAddress!, 1, $0.count, file) }
    guard fclose(file) == 0, written == numbers.count * MemoryLayout<Number>.stride else {
      throw WriteError(path: path, code: errno)
    }
  }
}

struct WriteError: Error, CustomStringConvertible {
  let path: String
  let code: Int32

  var description: String { "\(path) cannot be written: \(String(cString: strerror(code)))" }
}
