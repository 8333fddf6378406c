import ArgumentParser
import Foundation
import Host
import Records
import Reporting

struct DetectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect",
    abstract:
      "Finds the format of a log, shows how it reads the lines, and prints the entry for the settings."
  )

  @Argument(help: "A log, compressed or not; - is standard input.", completion: .file())
  var log: String

  private static let sampleBytes = 1 << 18

  func run() throws {
    var reader = OneShotReader(paths: [log], maxChunkBytes: Self.sampleBytes)
    guard let chunk = reader.advance() else {
      let reason = reader.problems.first?.sentence ?? "\(log): there is no line in it"
      let sentence = TerminalStyle.standardError.shown(reason, limit: 1_000)
      FileHandle.standardError.write(Data("\(sentence)\n".utf8))
      throw ExitCode.noInput
    }
    let detection = FormatDetection(
      sample: reader.lines, of: chunk.outline, now: WallClock.nowSeconds,
      compilePattern: Pattern.compile)
    guard let best = detection.candidates.first else {
      print("None of the formats fits. Of json, csv and tsv the time may be named:")
      print("  format: json\n  time: { field: when, layout: '%d.%m.%Y %H:%M:%S' }")
      print("and the columns. A regular expression with named groups reads any line:")
      print("  format: regex\n  pattern: '^(?<time>\\S+) (?<host>\\S+)'")
      throw ExitCode.badData
    }
    let parsed = try ParsedLines(
      sample: reader.lines, of: chunk.outline, now: WallClock.nowSeconds, settings: best.settings,
      limit: 5,
      compilePattern: Pattern.compile)
    let path = log == "-" ? log : URL(filePath: log).standardizedFileURL.path
    let text = DetectionText(detection, parsed, path: path, style: .standardOutput)
    print(text.lines.joined(separator: "\n"))
  }
}
