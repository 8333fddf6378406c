import Foundation
import Glibc
import TestSupport
import Testing

/// `harbinger init`: from logs without settings to a daemon that reads them.
struct InitCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      DailyLog(days: 20, hoursFromNow: 4).lines.joined(separator: "\n") + "\n",
      to: "shop.access.log")
  }

  @Test func writtenSettingsAreGood() throws {
    let made = try Program.run(["init", "shop.access.log", "ssh.service"], in: folder)
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.output.contains("with 2 sources") && made.output.contains("harbinger check"))
    let text = try String(contentsOfFile: folder.path("harbinger.yaml"), encoding: .utf8)
    #expect(text.contains("- name: shop.access") && text.contains("format: combined"))
    #expect(text.contains("journal: { unit: ssh.service }"))
    #expect(text.contains("reads 20 of the first 20 lines"))
    let checked = try Program.run(["check", "--quiet", "harbinger.yaml"], in: folder)
    // This machine may have no journal; that is a warning.
    #expect(checked.status == 0, "\(checked.errors)")
  }

  @Test func settingsThatSomebodyWroteStay() throws {
    try folder.write("sources: []\n", to: "harbinger.yaml")
    let refused = try Program.run(["init", "shop.access.log"], in: folder)
    #expect(refused.status == 73 && refused.errors.contains("--force"))
    #expect(
      try String(contentsOfFile: folder.path("harbinger.yaml"), encoding: .utf8) == "sources: []\n")
    #expect(try Program.run(["init", "--force", "shop.access.log"], in: folder).status == 0)
    // The settings that an installation provides are not the user's own.
    let shipped = try Program.run(["settings"], in: folder).output
    try folder.write(
      "# another first line\n" + shipped.drop { $0 != "\n" }.dropFirst(), to: "harbinger.yaml")
    #expect(try Program.run(["init", "shop.access.log"], in: folder).status == 0)
  }

  /// Goal: names of files come from strangers too. Method: a folder whose name would begin a key, a comment and an
  /// escape sequence.
  @Test func hostileNamesOfLogsAreOnlyValues() throws {
    let hostile = "a: { x\u{1b}c #b\nstate: evil"
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: hostile), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: folder.url.appending(path: "shop.access.log"),
      to: folder.url.appending(path: hostile).appending(path: "access.log"))
    let made = try Program.run(["init", "\(hostile)/access.log"], in: folder)
    #expect(made.status == 0, "\(made.errors)")
    #expect(!made.output.contains("\u{1b}"))
    let text = try String(contentsOfFile: folder.path("harbinger.yaml"), encoding: .utf8)
    #expect(!text.contains("\u{1b}"))
    let checked = try Program.run(["check", "harbinger.yaml"], in: folder)
    #expect(checked.status == 0, "\(checked.errors)")
    #expect(!checked.output.contains("\u{1b}") && !checked.output.contains("state  evil"))
    #expect(checked.output.contains("20 of the first 20 lines"))
  }

  @Test func logsThatCannotBeReadAreNamed() throws {
    try folder.write("nothing of a log\n", to: "notes.txt")
    let refused = try Program.run(["init", "notes.txt", "missing.log"], in: folder)
    #expect(refused.status == 66)
    #expect(refused.errors.contains("notes.txt: its format is not known"))
    #expect(refused.errors.contains("missing.log: No such file"))
    #expect(access(folder.path("harbinger.yaml"), F_OK) != 0)
  }
}
