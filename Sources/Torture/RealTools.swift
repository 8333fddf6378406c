import Arithmetic
import Foundation

// MARK: - What real programs do to logs, by themselves

extension Needs {
  var isTool: Bool { if case .tools = self { true } else { false } }
}

extension Scenario {
  static let realTools =
    [
      copyTruncateWhileWritten("copytruncate-while-written", compressing: false),
      copyTruncateWhileWritten("copytruncate-while-written-gzip", compressing: true),
      logrotate("logrotate-create", "create"),
      logrotate("logrotate-compress", "create\ncompress"),
      logrotate("logrotate-delaycompress", "create\ncompress\ndelaycompress"),
      logrotate("logrotate-dateext", "create\ndateext\ndateformat -%Y%m%d-%s"),
      logrotate("logrotate-copytruncate", "copytruncate", isRead: true),
      logrotate("logrotate-renamecopy", "renamecopy\ncreate", isRead: true),
    ] + movers + writersThatRotate

  /// The program writes while its log is copied. The lines that the truncation destroys have been read before.
  private static func copyTruncateWhileWritten(_ name: String, compressing: Bool) -> Scenario {
    Scenario(name, needs: .nothingButUs) { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.burst(stage.chance.integer(in: 1...4_000), to: pen)
        try stage.shift(compressing ? ".gz" : "")
        try shell("cp -p '\(stage.log)' '\(stage.log).1'")
        try stage.burst(stage.chance.integer(in: 1...2_000), to: pen)
        stage.waitUntilRead()
        try shell(": > '\(stage.log)'")
        if compressing { try shell("gzip '\(stage.log).1'") }
        try stage.burst(stage.chance.integer(in: 1...500), to: pen)
        stage.wait(stage.moment(0.3))
      }
    }
  }

  /// - Parameter isRead: Whether to wait until all lines are read before the rotation, because it destroys lines.
  private static func logrotate(
    _ name: String, _ directives: String, isRead: Bool = false
  ) -> Scenario {
    Scenario(name, needs: .tool("logrotate")) { stage in
      let rotation = try stage.logrotate(directives)
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.burst(stage.chance.integer(in: 1...2_000), to: pen)
        if isRead { stage.waitUntilRead() }
        try shell(rotation)
        try stage.burst(stage.chance.integer(in: 1...20), to: pen)
        pen = try Pen(stage.log)
        // Names with a time are unique only per second.
        stage.wait(1.1)
      }
    }
  }

  /// Another program puts the log into place.
  private static let movers = [
    Scenario("rsync-grows", needs: .tool("rsync")) { stage in
      let source = stage.folderOfLog + "/../source"
      let pen = try Pen(source)
      try stage.rounds { stage in
        try stage.burst(stage.chance.integer(in: 20...2_000), to: pen)
        try shell("rsync -a '\(source)' '\(stage.log)'")
        stage.wait(stage.moment(0.5))
      }
    },
    Scenario("sed-in-place", needs: .nothingButUs) { stage in
      try stage.rounds { stage in
        let pen = try Pen(stage.log)
        try stage.burst(stage.chance.integer(in: 20...500), to: pen)
        stage.waitUntilRead()
        try shell("sed -i '3s/$/ /' '\(stage.log)'")
        stage.wait(stage.moment(0.5))
      }
    },
    Scenario("moved-away-and-back", needs: .nothingButUs) { stage in
      try stage.rounds { stage in
        let pen = try Pen(stage.log)
        try stage.burst(stage.chance.integer(in: 20...500), to: pen)
        try stage.move(stage.log, to: stage.folderOfLog + "/away")
        stage.wait(stage.moment(0.5))
        try stage.move(stage.folderOfLog + "/away", to: stage.log)
        stage.wait(stage.moment(0.5))
      }
    },
  ]

  /// Programs that read lines from a pipe and write and rotate a log themselves.
  private static let writersThatRotate = [
    Scenario("svlogd", pattern: "svlogd/current", logIsThere: false, needs: .tool("svlogd")) {
      stage in
      let folder = stage.folderOfLog
      try shell("mkdir -p '\(folder)'")
      try Data("s20000\nn0\n".utf8).write(to: URL(filePath: folder + "/config"))
      try stage.pipe(to: "svlogd '\(folder)'", linesAtOnce: 1...150)
    },
    Scenario("multilog", pattern: "multilog/current", logIsThere: false, needs: .tool("multilog")) {
      stage in
      try stage.pipe(to: "multilog s20000 n1000 '\(stage.folderOfLog)'", linesAtOnce: 1...150)
    },
    Scenario("rotatelogs-n3", needs: .tool("rotatelogs")) { stage in
      // The three files are overwritten in turn, so they must be read before.
      try stage.pipe(to: "rotatelogs -n 3 '\(stage.log)' 1M", linesAtOnce: 1...2_000, isRead: true)
    },
  ]
}

extension Stage {
  /// Writes a configuration for logrotate that keeps all rotated files.
  ///
  /// - Parameter afterwards: The command of its `postrotate`.
  /// - Returns: The command that rotates the log.
  func logrotate(_ directives: String, afterwards: String? = nil) throws -> String {
    let settings = folderOfLog + "/../logrotate.conf"
    var body = "rotate 1000\nsize 1\nmissingok\nnotifempty\n\(directives)"
    if let afterwards { body += "\npostrotate\n\(afterwards)\nendscript" }
    try Data("\"\(log)\" {\n\(body)\n}\n".utf8).write(to: URL(filePath: settings))
    try shell("chmod 755 '\(folderOfLog)' && chmod 644 '\(settings)'")
    return "logrotate -f -s '\(settings).state' '\(settings)'"
  }

  /// Runs a program that reads the written lines from a pipe.
  mutating func pipe(
    to command: String, _ body: (inout Stage, Pen) throws -> Void
  ) throws {
    let pipe = Pipe()
    let program = Process()
    program.executableURL = URL(filePath: "/bin/sh")
    program.arguments = ["-c", "exec " + command]
    program.standardInput = pipe
    program.standardOutput = FileHandle.nullDevice
    program.standardError = FileHandle.nullDevice
    try program.run()
    let pen = Pen(pipe: pipe.fileHandleForWriting.fileDescriptor)
    defer { program.terminate() }
    try rounds { try body(&$0, pen) }
    waitUntilRead()
  }

  fileprivate mutating func pipe(
    to command: String, linesAtOnce: ClosedRange<Int>, isRead: Bool = false
  ) throws {
    try pipe(to: command) { stage, pen in
      try stage.burst(stage.chance.integer(in: linesAtOnce), to: pen)
      if isRead { stage.waitUntilRead() }
      stage.wait(stage.moment(0.3))
    }
  }
}
