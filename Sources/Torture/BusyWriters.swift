import Arithmetic
import Foundation
import Glibc

// MARK: - Logs that are written to at every moment of their rotation

extension Scenario {
  static let busyWriters =
    [
      copyTruncate("busy-copytruncate", "cp -p LOG LOG.NUMBER && : > LOG"),
      copyTruncate("busy-copytruncate-gzip", "cp -p LOG LOG.NUMBER && : > LOG; gzip LOG.NUMBER"),
      logrotate("busy-logrotate-copytruncate", "copytruncate"),
      logrotate("busy-logrotate-copytruncate-gzip", "copytruncate\ncompress"),
      Scenario("busy-savelog", needs: .tool("savelog")) { stage in
        var pen = try Pen(stage.log)
        try stage.rounds { stage in
          try stage.write(fast: stage.moment(0.3), to: pen)
          try stage.write(
            to: pen, while: "cd '\(stage.folderOfLog)' && savelog -q -p -c 1000 access.log")
          try stage.write(fast: stage.moment(0.2), to: pen)
          pen = try Pen(stage.log)
        }
      },
    ] + throughPipes + throughNginx

  /// Lines that the truncation destroys may have been read before or not; all lines that survive must be counted.
  private static func copyTruncate(_ name: String, _ command: String) -> Scenario {
    Scenario(name, needs: .nothingButUs) { stage in
      let pen = try Pen(stage.log)
      var number = 1_000
      try stage.rounds { stage in
        try stage.write(fast: stage.moment(0.4), to: pen)
        // Numbers decrease, so that no file has to be renamed.
        number -= 1
        let log = "'\(stage.log)'"
        let command = command.replacing("LOG.NUMBER", with: "\(log).\(number)")
          .replacing("LOG", with: log)
        try stage.write(to: pen, while: command)
      }
      try stage.write(fast: 0.2, to: pen)
      try stage.noteDestroyedLines()
    }
  }

  private static func logrotate(_ name: String, _ directives: String) -> Scenario {
    Scenario(name, needs: .tool("logrotate")) { stage in
      let pen = try Pen(stage.log)
      let rotation = try stage.logrotate(directives)
      try stage.rounds { stage in
        try stage.write(fast: stage.moment(0.4), to: pen)
        try stage.write(to: pen, while: rotation)
      }
      try stage.write(fast: 0.2, to: pen)
      try stage.noteDestroyedLines()
    }
  }

  private static let throughPipes = [
    Scenario("busy-svlogd", pattern: "svlogd/current", logIsThere: false, needs: .tool("svlogd")) {
      stage in
      let folder = stage.folderOfLog
      try shell("mkdir -p '\(folder)'")
      try Data("s1000000\nn0\n".utf8).write(to: URL(filePath: folder + "/config"))
      try stage.writeFast(through: "svlogd '\(folder)'")
    },
    Scenario(
      "busy-multilog", pattern: "multilog/current", logIsThere: false, needs: .tool("multilog")
    ) { stage in
      try stage.writeFast(through: "multilog s1000000 n1000 '\(stage.folderOfLog)'")
    },
    Scenario(
      "busy-rotatelogs", pattern: "access.log.*", logIsThere: false, needs: .tool("rotatelogs")
    ) { stage in
      try stage.writeFast(through: "rotatelogs '\(stage.folderOfLog)/access.log.%Y%m%d-%H%M%S' 1")
    },
    Scenario("busy-cronolog", pattern: "access.*.log", logIsThere: false, needs: .tool("cronolog"))
    {
      stage in
      try stage.writeFast(through: "cronolog '\(stage.folderOfLog)/access.%Y%m%d-%H%M%S.log'")
    },
  ]

  private static let throughNginx = [
    Scenario("nginx-reopened", needs: .tool("nginx")) { stage in
      let nginx = try Nginx(in: stage.folderOfLog + "/..", log: stage.log)
      try stage.rounds { stage in
        try stage.write(fast: stage.moment(0.4), to: nginx)
        try stage.rotate()
        try stage.write(fast: stage.moment(0.1), to: nginx)
        nginx.reopen()
        try stage.write(fast: stage.moment(0.3), to: nginx)
      }
      nginx.quit()
    },
    Scenario("nginx-reopened-slowly", needs: .tools(["nginx", "logrotate"])) { stage in
      let nginx = try Nginx(in: stage.folderOfLog + "/..", log: stage.log)
      let rotation = try stage.logrotate("create\ncompress", afterwards: nginx.reopening)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.7), linesPerSecond: 60, to: nginx)
        try stage.write(to: nginx, linesPerSecond: 60, while: rotation)
      }
      nginx.quit()
    },
    Scenario("nginx-copytruncate", needs: .tools(["nginx", "logrotate"])) { stage in
      let nginx = try Nginx(in: stage.folderOfLog + "/..", log: stage.log)
      let rotation = try stage.logrotate("copytruncate\ncompress\ndelaycompress")
      try stage.rounds { stage in
        try stage.write(fast: stage.moment(0.4), to: nginx)
        try stage.write(to: nginx, while: rotation)
      }
      try stage.write(fast: 0.2, to: nginx)
      nginx.quit()
      try stage.noteDestroyedLines()
    },
    Scenario("nginx-copytruncate-slowly", needs: .tools(["nginx", "logrotate"])) { stage in
      let nginx = try Nginx(in: stage.folderOfLog + "/..", log: stage.log)
      let rotation = try stage.logrotate("copytruncate")
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.7), linesPerSecond: 60, to: nginx)
        try stage.write(to: nginx, linesPerSecond: 60, while: rotation)
      }
      nginx.quit()
      try stage.noteDestroyedLines()
    },
    Scenario("nginx-gzip", pattern: "access.log.gz", logIsThere: false, needs: .tool("nginx")) {
      stage in
      let nginx = try Nginx(
        in: stage.folderOfLog + "/..", log: stage.log, options: "gzip=1 flush=300ms")
      try stage.rounds { stage in
        try stage.write(fast: stage.moment(1), to: nginx)
        stage.wait(stage.moment(0.5))
      }
      nginx.quit()
    },
  ]
}

// MARK: - Writing without a pause

extension Stage {
  /// A random rate between ten and twenty thousand lines a second.
  private mutating func fastRate() -> Double { 10_000 + 10_000 * chance.uniform() }

  mutating func write(fast seconds: Double, to pen: some LineWriter) throws {
    try write(seconds: seconds, linesPerSecond: fastRate(), to: pen)
  }

  /// Writes while a shell command runs.
  mutating func write(
    to pen: some LineWriter, linesPerSecond: Double? = nil, while command: String
  ) throws {
    let rate = if let linesPerSecond { linesPerSecond } else { fastRate() }
    let program = Process()
    program.executableURL = URL(filePath: "/bin/sh")
    program.arguments = ["-c", command]
    program.standardInput = FileHandle.nullDevice
    try program.run()
    repeat {
      try write(seconds: 0.005, linesPerSecond: rate, to: pen)
    } while program.isRunning
    program.waitUntilExit()
    guard program.terminationStatus == 0 else { throw Failure(command) }
  }

  /// Writes to a program that writes and rotates a log itself.
  fileprivate mutating func writeFast(through command: String) throws {
    try pipe(to: command) { stage, pen in try stage.write(fast: stage.moment(0.5), to: pen) }
  }

  /// Notes the lines that are in no file any more, which need not be counted.
  mutating func noteDestroyedLines() throws {
    var surviving: [Int: Int] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folderOfLog) {
      let path = folderOfLog + "/" + name
      var plain = path
      if name.hasSuffix(".gz") {
        plain = folderOfLog + "/../plain"
        try shell("gzip -dc '\(path)' > '\(plain)'")
      }
      let bytes = FileManager.default.contents(atPath: plain) ?? Data()
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        if let block = Ledger.block(ofLine: line) { surviving[block, default: 0] += 1 }
      }
    }
    noteSurviving(surviving)
  }
}

// MARK: - nginx

/// A real nginx that logs the given lines: each is sent as a header of a request.
final class Nginx: LineWriter {
  private let process = Process()
  private let connection: Int32

  /// - Parameters:
  ///   - folder: The folder for its configuration and its socket.
  ///   - options: Options of the directive `access_log`.
  init(in folder: String, log: String, options: String = "") throws {
    let folder = URL(filePath: folder).standardizedFileURL.path
    let settings = """
      daemon off; user root; worker_processes 1; pid \(folder)/nginx.pid; error_log \(folder)/nginx.error;
      events { worker_connections 64; }
      http {
        client_body_temp_path \(folder)/nginx-1; proxy_temp_path \(folder)/nginx-2;
        fastcgi_temp_path \(folder)/nginx-3; uwsgi_temp_path \(folder)/nginx-4; scgi_temp_path \(folder)/nginx-5;
        log_format line escape=none '$http_x_line';
        access_log \(log) line \(options);
        keepalive_requests 1000000000; keepalive_timeout 1h;
        server { listen unix:\(folder)/nginx.socket; location / { return 204; } }
      }
      """
    try Data(settings.utf8).write(to: URL(filePath: folder + "/nginx.conf"))
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      "-c", "PATH=$PATH:/usr/sbin; exec nginx -p '\(folder)' -c '\(folder)/nginx.conf'",
    ]
    process.standardInput = FileHandle.nullDevice
    try process.run()
    connection = try Self.connect(to: folder + "/nginx.socket")
  }

  deinit {
    close(connection)
    process.terminate()
  }

  private static func connect(to path: String) throws -> Int32 {
    let connection = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw Failure("connect to \(path): too long")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    // nginx takes a moment to start.
    for _ in 0..<200 {
      let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(connection, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      if result == 0 { return connection }
      usleep(20_000)
    }
    throw Failure("connect to \(path)")
  }

  /// Sends a request for each line, all at once, and then reads all responses.
  func write(_ text: String) throws {
    let lines = text.split(separator: "\n")
    var requests = ""
    for line in lines { requests += "GET / HTTP/1.1\r\nHost: torture\r\nX-Line: \(line)\r\n\r\n" }
    var rest = Array(requests.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure("ask nginx") }
      rest = rest.dropFirst(count)
    }
    var endCount = 0
    var last: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while endCount < lines.count {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { throw Failure("hear from nginx") }
      last += buffer[..<count]
      while let end = last.firstRange(of: Array("\r\n\r\n".utf8)) {
        endCount += 1
        last.removeFirst(end.upperBound)
      }
    }
  }

  /// The shell command that makes it reopen its log.
  var reopening: String { "kill -USR1 \(process.processIdentifier)" }

  func reopen() { kill(process.processIdentifier, SIGUSR1) }

  /// Stops it gracefully: it answers pending requests and writes its log.
  func quit() {
    kill(process.processIdentifier, SIGQUIT)
    shutdown(connection, Int32(SHUT_RDWR))
    process.waitUntilExit()
  }
}
