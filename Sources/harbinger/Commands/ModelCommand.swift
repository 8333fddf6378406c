import ArgumentParser
import Forecasting
import Foundation
import Host
import Interchange
import Settings
import Storage

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Exports and imports the trained model.",
    discussion: """
      For example:

      harbinger model export --format safetensors --output model.safetensors
      """,
    subcommands: [ModelExport.self, ModelImport.self, ModelPredict.self])
}

extension StatePlace {
  func model() throws -> Model {
    let path = try path()
    if let model = try StateFile(readingAt: path).currentModel() { return model }
    throw RunCommand.failure(
      "\(path) holds no model yet: too little was read to train one", .noInput)
  }
}

struct ModelExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes the model in use to a file.",
    discussion: """
      safetensors has the whole model, to be changed and imported again. onnx has the computation from \
      unscaled features to the probability, for any runtime. The daemon may run meanwhile. For example:

      harbinger model export --format onnx --output model.onnx
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case safetensors, onnx
  }

  @Option(help: "safetensors or onnx.")
  var format: Format

  @OptionGroup var place: StatePlace

  @Option(
    name: .shortAndLong, help: "The file to write. (default: standard output)",
    completion: .file())
  var output: String?

  func run() throws {
    let model = try place.model()
    let bytes =
      switch format {
      case .safetensors: try ModelTensors(model).file.bytes()
      case .onnx: try OnnxModel(model).bytes()
      }
    guard let output else { return StandardOutput.write(bytes) }
    do throws(SystemError) {
      try SmallFile.write(bytes.span, to: output)
    } catch {
      throw RunCommand.failure("\(error)", .cannotCreate)
    }
  }
}

struct ModelImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Puts the model of a file into use.",
    discussion: """
      The daemon must not run. The model that was in use becomes the previous one and stays in the mixture. \
      The next full training run may replace the imported one. For example:

      harbinger model import model.safetensors
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case safetensors
  }

  @Option(help: "safetensors.")
  var format: Format

  @OptionGroup var place: StatePlace

  @Argument(help: "The file, as export writes it.", completion: .file(extensions: ["safetensors"]))
  var file: String

  func run() throws {
    let path = try place.path()
    let model = try read()
    let lock = try LockFile(path + ".lock")
    try StateFile(path: path).adopt(model)
    _ = consume lock
    print("\(file) is the model in use now.")
  }

  private func read() throws -> Model {
    do {
      guard let bytes = try SmallFile.read(file, limitBytes: TensorFile.bytesMax) else {
        throw RunCommand.failure("\(file) is not there", .noInput)
      }
      return try ModelTensors(TensorFile(bytes: bytes)).model()
    } catch let error as SystemError {
      throw RunCommand.failure("\(error)", .noInput)
    } catch let error as UnusableModelFile {
      throw RunCommand.failure("\(file): \(error)", .badData)
    }
  }
}

struct ModelPredict: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Prints the network's probability for rows of features.",
    discussion: """
      One probability a line, to compare with other programs. For example:

      harbinger model predict rows.f32
      """)

  @OptionGroup var place: StatePlace

  @Argument(
    help: "Unscaled features as 32-bit little-endian floats, row after row.", completion: .file())
  var rows: String

  private static let bytesMax = 1 << 30

  func run() throws {
    let model = try place.model()
    let bytes: [UInt8]?
    do throws(SystemError) {
      bytes = try SmallFile.read(rows, limitBytes: Self.bytesMax)
    } catch {
      throw RunCommand.failure("\(error)", .noInput)
    }
    guard let bytes else { throw RunCommand.failure("\(rows) is not there", .noInput) }
    let rowBytes = 4 * model.featureCount
    guard bytes.count % rowBytes == 0 else {
      throw RunCommand.failure(
        "\(rows): found \(bytes.count) bytes, expected a multiple of \(rowBytes): "
          + "\(model.featureCount) features a row", .badData)
    }
    let values = bytes.withUnsafeBytes { raw in
      stride(from: 0, to: bytes.count, by: 4).map {
        Float(
          bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
      }
    }
    let said = Models(current: model).predictions(rows: values).network ?? []
    print(said.map { "\($0)\n" }.joined(), terminator: "")
  }
}
