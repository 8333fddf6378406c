import ArgumentParser
import Foundation
import Host
import Records

struct DetectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect",
    abstract: "Says which format fits a log, and prints the entry for the settings.")

  @Argument(help: "A log, compressed or not; - is standard input.", completion: .file())
  var log: String

  private static let sampleBytes = 1 << 18

  func run() throws {
    var reader = OneShotReader(paths: [log], maxChunkBytes: Self.sampleBytes)
    guard reader.advance() != nil else {
      let reason = reader.problems.first?.sentence ?? "there is no line in it"
      FileHandle.standardError.write(Data("\(log): \(reason)\n".utf8))
      throw ExitCode.noInput
    }
    let detection = FormatDetection(
      sample: reader.lines, now: WallClock.nowSeconds,
      compilePattern: { pattern throws(PatternError) in try Pattern(pattern) })
    let candidates = detection.candidates
    guard let best = candidates.first else {
      print("None of the formats fits. A regular expression with named groups reads any line:")
      print("  format: regex\n  pattern: '^(?<time>\\S+) (?<host>\\S+)'")
      throw ExitCode.badData
    }
    for candidate in candidates.prefix(3) {
      let first = UTCTime(seconds: candidate.times.lowerBound).text
      let last = UTCTime(seconds: candidate.times.upperBound).text
      print(
        "\(candidate.settings.format.name): \(candidate.counted) of \(detection.lineCount) lines, "
          + "from \(first) to \(last)")
      for (reason, rejection) in candidate.rejections.sorted(by: {
        $0.key.rawValue < $1.key.rawValue
      }) {
        print("  \(rejection.count) rejected as \(reason.rawValue), such as \(rejection.example)")
      }
    }
    let path = log == "-" ? log : URL(filePath: log).standardizedFileURL.path
    print("\nsources:\n  - name: log\n    files: '\(path.replacing("'", with: "''"))'")
    print("    format: \(best.settings.format.name)")
    if case .delimited(let separator, _) = best.settings.format, ![",", "\t"].contains(separator) {
      print("    separator: '\(separator)'")
    }
  }
}
