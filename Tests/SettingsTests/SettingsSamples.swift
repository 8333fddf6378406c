import Host
import Records
import Settings

/// Reads settings as the daemon does, but without this machine's environment.
func read(_ yaml: String, file: String = "/etc/h.yaml") throws(BadSettings) -> ServiceSettings {
  try reader.read(Array(yaml.utf8), file: file)
}

/// The error messages.
func complaints(about yaml: String) -> [String] {
  complaints(about: Array(yaml.utf8))
}

func complaints(about bytes: [UInt8]) -> [String] {
  do throws(BadSettings) {
    _ = try reader.read(bytes, file: "h.yaml")
    return []
  } catch {
    return error.problems.map(\.description)
  }
}

/// A correct file, to which a test appends its lines.
let oneSource = "sources: [{ name: web, files: /var/log/a.log }]\n"

var reader: SettingsReader {
  SettingsReader(
    environment: ["HOME": "/home/ada"],
    timeZone: { name in
      ["Europe/Berlin", "America/New_York"].contains(name)
        ? TimeZoneRules(fixedOffsetSeconds: 3_600, name: name) : nil
    },
    checkParser: { settings throws(ParserSettingsError) in
      _ = try RecordParser(
        settings: settings,
        compilePattern: Pattern.compile)
    })
}
