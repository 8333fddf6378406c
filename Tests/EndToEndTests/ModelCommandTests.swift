import Forecasting
import Foundation
import Glibc
import Interchange
import Monitoring
import Storage
import TestSupport
import Testing
import harbinger

/// `harbinger model` on a state that a replay has left.
@Suite(.serialized) struct ModelCommandTests {
  private let bed: DaemonBed
  private let model: Model

  init() throws {
    bed = try DaemonBed()
    try bed.append(try bed.sampleLines(days: 30))
    let replay = try Program.run(
      ["replay", "--config", bed.settingsPath, "--state", bed.statePath, bed.logPath],
      in: bed.folder)
    try #require(replay.status == 0, "\(replay.errors)")
    model = try #require(try StateFile(readingAt: bed.statePath).currentModel())
  }

  private func run(_ arguments: String...) throws -> Program.Result {
    try Program.run(["model"] + arguments + ["--config", bed.settingsPath], in: bed.folder)
  }

  private func export(_ format: String) throws -> Data {
    let path = bed.folder.path("model.\(format)")
    let exported = try run("export", "--format", format, "--output", path)
    #expect(exported.status == 0, "\(exported.errors)")
    return try Data(contentsOf: URL(filePath: path))
  }

  @Test func anImportedModelIsTheOneInUseAndTheOldOneIsKept() throws {
    var file = try TensorFile(bytes: Array(try export("safetensors")))
    file.metadata["logistic.penalty"] = "2.0"
    try Data(file.bytes()).write(to: URL(filePath: bed.folder.path("other.safetensors")))
    let imported = try run("import", "--format", "safetensors", "other.safetensors")
    #expect(imported.status == 0, "\(imported.errors)")

    let stored = try StateFile(readingAt: bed.statePath).storedState().models
    #expect(stored.previous?.bytes() == model.bytes())
    #expect(try ModelTensors(#require(stored.current)).file == file)
    // A daemon continues with it.
    let daemon = try bed.start()
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
  }

  @Test func theOnnxFileNamesItsInputAndOutput() throws {
    let text = String(decoding: try export("onnx"), as: Unicode.ASCII.self)
    for part in ["features", "probability", "Gemm", "Sigmoid"] { #expect(text.contains(part)) }
  }

  @Test func predictSaysWhatTheNetworkSays() throws {
    let rows = (0..<3 * model.featureCount).map { Float($0 % 7) - 3 }
    let path = bed.folder.path("rows.f32")
    try rows.withUnsafeBytes { try Data($0).write(to: URL(filePath: path)) }
    let said = try run("predict", path)
    let expected = try #require(Models(current: model).predictions(rows: rows).network)
    #expect(said.output.split(separator: "\n").map { Double($0) } == expected)
    try Data([1, 2, 3]).write(to: URL(filePath: path))
    #expect(try run("predict", path).status == 65)
  }

  @Test func whatCannotBeImportedIsRefusedInOneSentence() throws {
    try bed.folder.write("this is no model", to: "no.safetensors")
    let refused = try run("import", "--format", "safetensors", "no.safetensors")
    #expect(refused.status == 65)
    #expect(refused.errors.hasPrefix("no.safetensors: its header would have "))
    #expect(refused.errors.split(separator: "\n").count == 1)
    #expect(try run("import", "--format", "safetensors", "absent").status == 66)
    #expect(try StateFile(readingAt: bed.statePath).currentModel() == model)
  }

  @Test func whileTheDaemonRunsNothingIsImported() throws {
    _ = try export("safetensors")
    let daemon = try bed.start()
    let refused = try run("import", "--format", "safetensors", "model.safetensors")
    #expect(refused.status == 75)
    #expect(refused.errors.contains("process \(daemon.processIdentifier)"))
    // An export does not change the state.
    _ = try export("onnx")
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
  }
}
