import Foundation
import Interchange
import Reporting
import Settings

/// A program that receives webhooks, checks their signatures with another implementation, and records them.
enum WebhookListener {
  private static let secret = "a secret of 24 bytes yes"

  /// As sender and receiver are given it.
  static let sharedSecret = "whsec_" + Data(secret.utf8).base64EncodedString()

  /// To be run by Python with a folder and a port, 0 being any: the port is in `port` once it listens, each call
  /// a line of JSON in `posts`. The path `/moved` leads to another.
  static let program = """
    import base64, hashlib, hmac, http.server, json, os, sys

    folder = sys.argv[1]

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", "/hook")
                self.end_headers()
                return
            body = self.rfile.read(int(self.headers["Content-Length"]))
            names = ["webhook-id", "webhook-timestamp"]
            signed = b".".join([self.headers[name].encode() for name in names] + [body])
            digest = hmac.new(b"\(secret)", signed, hashlib.sha256).digest()
            expected = "v1," + base64.b64encode(digest).decode()
            post = {
                "is_genuine": hmac.compare_digest(expected, self.headers["webhook-signature"] or ""),
                "id": self.headers["webhook-id"], "body": json.loads(body),
            }
            with open(folder + "/posts", "a") as file:
                file.write(json.dumps(post) + "\\n")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Listener)
    with open(folder + "/port.new", "w") as file:
        file.write(str(server.server_port))
    os.rename(folder + "/port.new", folder + "/port")
    server.serve_forever()

    """
}
