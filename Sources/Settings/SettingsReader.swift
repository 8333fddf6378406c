internal import Foundation
internal import Glibc
internal import Host
package import Records
internal import Yams

/// Reads the settings file strictly: either everything in it is valid, or all problems are reported at once.
package struct SettingsReader {
  /// Far more than the settings of a thousand sources need.
  static let fileBytesMax = 262_144

  /// The environment of the process, which names the directories that systemd created.
  package let environment: [String: String]
  /// The zone of a name such as `Europe/Berlin`; nil if there is no such zone.
  package let timeZone: (String) throws -> TimeZoneRules?
  package let checkParser: (ParserSettings) throws(ParserSettingsError) -> Void

  /// A reader with this machine's environment, time zones and regular expressions.
  package static var ofThisMachine: SettingsReader {
    SettingsReader(
      environment: ProcessInfo.processInfo.environment,
      timeZone: { name in
        guard let bytes = try ZoneFile.bytes(name) else { return nil }
        return try TimeZoneRules(name: name, tzif: bytes)
      },
      checkParser: { settings throws(ParserSettingsError) in
        _ = try RecordParser(
          settings: settings,
          compilePattern: Pattern.compile)
      })
  }

  /// - Parameters:
  ///   - environment: Determines the default paths of state and status.
  ///   - timeZone: Finds the rules of an IANA name such as `Europe/Berlin`; nil if
  ///     there is none.
  ///   - checkParser: Throws if a parser cannot be made of the settings: an invalid pattern, layout or template.
  package init(
    environment: [String: String] = [:],
    timeZone: @escaping (String) throws -> TimeZoneRules?,
    checkParser: @escaping (ParserSettings) throws(ParserSettingsError) -> Void
  ) {
    self.environment = environment
    self.timeZone = timeZone
    self.checkParser = checkParser
  }

  package func read(path: String) throws(BadSettings) -> ServiceSettings {
    try read(load(path), file: path)
  }

  /// Reads the bytes of a settings file.
  ///
  /// - Parameter file: The file's path, for error messages; relative paths in it are resolved against its folder.
  package func read(_ bytes: [UInt8], file: String) throws(BadSettings) -> ServiceSettings {
    try readNotingPlaces(bytes, file: file).settings
  }

  /// The bytes of a settings file.
  ///
  /// - Throws: One problem if the file cannot be read or is too large.
  package func load(_ path: String) throws(BadSettings) -> [UInt8] {
    let found: String
    do throws(SystemError) {
      if let bytes = try SmallFile.read(path, limitBytes: Self.fileBytesMax) { return bytes }
      found = "no such file"
    } catch {
      found =
        switch error.code {
        case EFBIG: "more than \(Self.fileBytesMax) bytes"
        case EINVAL: "something that is no regular file"
        default: "a file that cannot be read (\(error.reason))"
        }
    }
    throw BadSettings(problems: [
      SettingsProblem(
        file: path, place: nil, key: nil, found: found, expected: "a readable settings file")
    ])
  }

  /// - Returns: The settings, and the position of each key's value.
  package func readNotingPlaces(
    _ bytes: [UInt8], file: String
  ) throws(BadSettings) -> (settings: ServiceSettings, places: [String: SettingsProblem.Place]) {
    let folder = URL(filePath: file).deletingLastPathComponent().standardizedFileURL.path
    var context = DecodingContext(file: file, folder: folder, timeZone: timeZone)
    var settings = ServiceSettings(environment: environment)
    do throws(SettingsProblem) {
      let document = try SettingsDocument(bytes, file: file)
      context.repeatedKeys = document.repeatedKeys
      SettingKey.read(ServiceSettings.keys, from: document.root, at: "", into: &settings, &context)
    } catch {
      throw BadSettings(problems: [error])
    }
    for index in settings.sources.indices where settings.sources[index].journal != nil {
      // By default each journal entry is a record; a format in the file applies to the messages instead.
      if !context.has("sources[\(index)].format") { settings.sources[index].format = .journal }
    }
    context.checkConsistency(settings, checkParser)
    guard context.problems.isEmpty else {
      let start = SettingsProblem.Place(line: 0, column: 0)
      throw BadSettings(
        problems: context.problems.sorted { $0.place ?? start < $1.place ?? start })
    }
    return (settings, context.places)
  }
}

/// The state of reading one settings file: the positions of values, and the problems found.
struct DecodingContext {
  let file: String
  /// The folder against which relative paths are resolved.
  let folder: String
  let timeZone: (String) throws -> TimeZoneRules?
  var repeatedKeys: [SettingsDocument.RepeatedKey] = []
  private(set) var problems: [SettingsProblem] = []
  private(set) var places: [String: SettingsProblem.Place] = [:]

  init(file: String, folder: String, timeZone: @escaping (String) throws -> TimeZoneRules?) {
    self.file = file
    self.folder = folder
    self.timeZone = timeZone
  }

  /// Whether a key was renamed because it is repeated in its section; if so, reports that.
  mutating func reportIfRepeated(
    _ keyNode: Node, in section: Node.Mapping, of path: String
  ) -> Bool {
    let marker = keyNode.scalar?.string.unicodeScalars.first
    guard let repeated = repeatedKeys.first(where: { $0.marker == marker }) else { return false }
    report(
      at: section.first { $0.key.scalar?.string == repeated.name }?.key ?? keyNode,
      of: path.isEmpty ? repeated.name : "\(path).\(repeated.name)",
      found: "the key a second time",
      expected: "it once (line \(repeated.place.line) has it already)")
    return true
  }

  /// Whether the file contains the key.
  func has(_ path: String) -> Bool { places[path] != nil }

  func hasProblem(of path: String) -> Bool {
    problems.contains { $0.key == path || $0.key?.hasPrefix("\(path)[") == true }
  }

  mutating func note(_ node: Node, at path: String) {
    places[path] = node.place
  }

  /// Reports a problem at the position of a path or, if the path is missing, of its section.
  mutating func report(of path: String, found: String, expected: String) {
    report(at: places.nearest(to: path), of: path, found: found, expected: expected)
  }

  mutating func report(at node: Node, of path: String, found: String, expected: String) {
    report(at: node.place, of: path, found: found, expected: expected)
  }

  private mutating func report(
    at place: SettingsProblem.Place?, of path: String, found: String, expected: String
  ) {
    problems.append(
      SettingsProblem(
        file: file, place: place, key: path.isEmpty ? nil : path, found: found, expected: expected))
  }
}

extension [String: SettingsProblem.Place] {
  /// The position of the value at a path or, if it is missing, of its section.
  func nearest(to path: String) -> SettingsProblem.Place? {
    var known = path
    while self[known] == nil, !known.isEmpty {
      known = String(known[..<(known.lastIndex { $0 == "." || $0 == "[" } ?? known.startIndex)])
    }
    return self[known]
  }
}
