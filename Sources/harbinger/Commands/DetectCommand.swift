import ArgumentParser
import Foundation
import Host
import Records
import Reporting
import Settings

struct DetectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect",
    abstract:
      "Finds the format of a log, shows how it reads the lines, and prints the entry for the settings.",
    discussion: """
      For example:

      harbinger detect /var/log/nginx/access.log
      """)

  @Argument(help: "A log, compressed or not; - is standard input.", completion: .file())
  var log: String

  @Flag(help: "Print JSON.")
  var json = false

  @Option(help: "The zone of times without an offset, as in Europe/Berlin.")
  var timeZone: String?

  func run() throws {
    var reader = OneShotReader(sampleOf: log)
    guard let chunk = reader.advance() else {
      let reason = reader.problems.first?.sentence ?? "\(log): there is no line in it"
      let sentence = TerminalStyle.standardError.shown(reason, limit: 1_000)
      FileHandle.standardError.write(Data("\(sentence)\n".utf8))
      throw ExitCode.noInput
    }
    let now = WallClock.nowSeconds
    let detection =
      UnreadEncoding(reader.lines) == nil
      ? FormatDetection(
        sample: reader.lines, of: chunk.outline, now: now,
        base: try base(unread: UnreadZone(in: reader.lines, now: now)),
        compilePattern: Pattern.compile) : nil
    guard let detection, let best = detection.candidates.first else {
      let refusal = Self.refusal(reader.lines, now)
      print(
        try json ? JSONText.text(UnknownFormat(reasons: refusal)) : refusal.joined(separator: "\n"))
      throw ExitCode.badData
    }
    // Times that are all ahead of the clock are shown as they are.
    var settings = best.settings
    if best.aheadSeconds != nil { settings.maxAheadSeconds = .max / 4 }
    let parsed = try ParsedLines(
      sample: reader.lines, of: chunk.outline, now: now, settings: settings, limit: 5,
      compilePattern: Pattern.compile)
    let evidence = try ReadingEvidence(
      sample: reader.lines, of: chunk.outline, now: now, settings: settings,
      compilePattern: Pattern.compile)
    let path = log == "-" ? log : URL(filePath: log).standardizedFileURL.path
    if json {
      return print(
        try JSONText.text(DetectionDocument(best, detection, parsed, evidence, path: path)))
    }
    let text = DetectionText(detection, parsed, evidence, path: path, style: .standardOutput)
    print(text.lines.joined(separator: "\n"))
  }

  /// Said of a log that no format fits.
  private struct UnknownFormat: Encodable {
    var format: String?
    var reasons: [String]

    private enum CodingKeys: CodingKey { case format, reasons }

    func encode(to encoder: any Encoder) throws {
      var members = encoder.container(keyedBy: CodingKeys.self)
      try members.encodeNil(forKey: .format)
      try members.encode(reasons, forKey: .reasons)
    }
  }

  /// - Parameter unread: A zone that the lines name; its place holds where no zone is asked for.
  /// - Throws: `ValidationError` for a zone that is not known here.
  private func base(unread: UnreadZone?) throws -> ParserSettings {
    if timeZone == nil, let place = unread?.place,
      let zone = try SettingsReader.ofThisMachine.timeZone(place)
    {
      return ParserSettings(timeZone: zone)
    }
    guard let timeZone, timeZone != TimeZoneRules.utc.name else { return ParserSettings() }
    guard let zone = try SettingsReader.ofThisMachine.timeZone(timeZone) else {
      throw ValidationError(
        "--time-zone: found '\(timeZone)', expected a zone such as Europe/Berlin")
    }
    return ParserSettings(timeZone: zone)
  }

  /// Why no format fits.
  private static func refusal(_ lines: RawSpan, _ now: Int64) -> [String] {
    if let encoding = UnreadEncoding(lines) {
      return ["The log is \(encoding.name), which is not read; \(encoding.advice)."]
    }
    return DetectionText.nothingFits(UnreadStamps(sample: lines, now: now), .standardOutput)
  }
}
