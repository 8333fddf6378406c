import Foundation
import Glibc
import TestSupport

/// A server that records all requests, in place of a service on the Internet.
final class StandIn {
  struct Request {
    let method: String
    let path: String
    let headers: [String: String]
    let body: String

    var json: [String: Any]? {
      try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
    }
  }

  enum Kind: String { case http, mail }

  let port: String
  private let folder = try! TemporaryFolder()
  private let process: ChildProcess

  init(_ kind: Kind) throws {
    try folder.write(Self.program, to: "stand-in.py")
    process = try ChildProcess([
      "python3", folder.path("stand-in.py"), folder.url.path, kind.rawValue,
    ])
    let path = folder.path("port")
    while !FileManager.default.fileExists(atPath: path), process.isRunning { usleep(10_000) }
    port = try String(contentsOfFile: path, encoding: .utf8)
  }

  /// All requests so far; mails are parsed.
  func requests() throws -> [Request] {
    guard let data = FileManager.default.contents(atPath: folder.path("requests")) else {
      return []
    }
    return try data.split(separator: 10).map { line in
      let members = try JSONSerialization.jsonObject(with: line) as? [String: Any] ?? [:]
      return Request(
        method: members["method"] as? String ?? "", path: members["path"] as? String ?? "",
        headers: members["headers"] as? [String: String] ?? [:],
        body: members["body"] as? String ?? "")
    }
  }

  /// To be run by Python with a folder and a kind: the port is in `port` once it listens, each request a line of JSON in
  /// `requests`.
  static let program = """
    import email, email.policy, http.server, json, os, socketserver, sys

    folder, kind = sys.argv[1:]

    def note(**request):
        with open(folder + "/requests", "a") as file:
            file.write(json.dumps(request) + "\\n")

    class Web(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            note(method=self.command, path=self.path, headers=dict(self.headers), body=body)
            self.send_response(200)
            self.end_headers()

        do_PUT = do_POST

        def log_message(self, *_):
            pass

    class Mail(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 stand-in\\r\\n")
            envelope = []
            for line in self.rfile:
                command = line.decode().strip()
                answer = b"250 ok\\r\\n"
                if command.upper() == "DATA":
                    self.wfile.write(b"354 go on\\r\\n")
                    text = b""
                    while (part := self.rfile.readline()) not in (b".\\r\\n", b""):
                        text += part
                    mail = email.message_from_bytes(text, policy=email.policy.default)
                    note(method="MAIL", path=" ".join(envelope), headers=dict(mail.items()),
                         body=mail.get_content().replace("\\r\\n", "\\n"))
                elif command.upper() == "QUIT":
                    answer = b"221 bye\\r\\n"
                else:
                    envelope.append(command)
                self.wfile.write(answer)

    server = socketserver.TCPServer(("127.0.0.1", 0), Web if kind == "http" else Mail)
    with open(folder + "/port.new", "w") as file:
        file.write(str(server.server_address[1]))
    os.rename(folder + "/port.new", folder + "/port")
    server.serve_forever()

    """
}
