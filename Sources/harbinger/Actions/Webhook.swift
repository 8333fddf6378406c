import Foundation
import Host
import Interchange
import Records
import Reporting
import Settings

/// A POST that curl sends for us; it reads on its standard input what to send: neither secret nor alert is ever on
/// a command line.
///
/// - Source: the "Standard Webhooks" specification 1.0 for the headers and what is signed; curl(1), `--config`.
struct Webhook {
  static let timeoutSeconds = 20

  let configuration: [UInt8]

  init(url: String, payload: AlertPayload, secret: [UInt8]?, nowSeconds: Int64) {
    let body = payload.json
    var headers = [
      "Content-Type: application/json", "User-Agent: harbinger/\(Version.text)",
      "webhook-id: \(payload.alertId)", "webhook-timestamp: \(nowSeconds)",
    ]
    if let secret {
      let signed = Array("\(payload.alertId).\(nowSeconds).\(body)".utf8)
      let signature = Signature.hmacSHA256(of: signed, secret: secret)
      headers.append("webhook-signature: v1,\(Data(signature).base64EncodedString())")
    }
    let options =
      [
        ("url", url), ("data-raw", body), ("max-time", "\(Self.timeoutSeconds)"),
        // A redirection, after which curl would not send the alert, is a failure.
        ("output", "/dev/null"), ("max-redirs", "0"),
      ]
      + headers.map { ("header", $0) }
    let flags = ["fail", "location", "silent", "show-error", "globoff"]
    let lines = options.map { "\($0) = \(Self.quoted($1))" } + flags
    configuration = Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// Nothing in it can end the quotes or the line.
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// The key of the signature: what follows `whsec_`, in base 64. Without `whsec_` a receiver might take the text itself
  /// for the key, or decode it, and refuse each signature.
  ///
  /// - Throws: `SystemError`, `Secret.Missing`
  static func secret(in name: String) throws -> [UInt8] {
    let text = try Secret.read(name)
    let prefix = Array("whsec_".utf8)
    guard text.starts(with: prefix),
      let key = Data(base64Encoded: Data(text.dropFirst(prefix.count))), !key.isEmpty
    else {
      throw Secret.Missing("the secret \(name) is not whsec_ with a key in base 64 after it")
    }
    return Array(key)
  }
}
