import Records
import TestSupport
import Testing

@Suite struct SyslogHeaderTests {
  @Test(arguments: [
    ("<190>Nov 23 09:05:01 web nginx: GET /", "GET /"),
    ("<190>Nov  3 09:05:01 web nginx[12]: GET /", "GET /"),
    ("<13>Nov 23 09:05:01 backup: done", "done"),
    ("<13>Nov 23 09:05:01 web GET / done", "GET / done"),
    ("<13>2026-11-23T09:05:01.5+01:00 web nginx: GET /", "GET /"),
    ("<14>1 2026-11-23T09:05:01Z web app 12 ID47 - GET /", "GET /"),
    (#"<14>1 2026-11-23T09:05:01Z web app - - [a b="\]\""][c] {"x":1}"#, #"{"x":1}"#),
    ("<14>1 - - - - - - \u{feff}GET /", "GET /"),
    ("<14>1 - - - - - -", ""),
    ("<14>GET / HTTP: x", "GET / HTTP: x"),
    ("<13>Nov 23 09:05:01 backup:", ""),
    ("<13>Nov 23 09:05:01 ", ""),
    ("GET /", "GET /"),
    ("<1900>GET /", "<1900>GET /"),
    ("<190", "<190"),
    ("", ""),
  ])
  func whatStandsBeforeTheMessageIsFound(datagram: String, message: String) {
    let bytes = Array(datagram.utf8)
    let end = SyslogHeader.end(in: bytes.span.bytes)
    #expect(
      String(decoding: bytes[end...], as: UTF8.self) == message.replacing("\u{feff}", with: ""))
  }

  /// Whatever is sent, the end of the header lies within it.
  @Test func mutatedHeadersHaveAnEnd() {
    var random = Chance(seed: 1)
    let seeds = [
      "<190>Nov 23 09:05:01 web nginx: GET /",
      #"<14>1 2026-11-23T09:05:01Z web app - - [a b="\]\""] x"#,
    ].map { Array($0.utf8) }
    for _ in 0..<20_000 {
      var bytes = seeds.randomElement(using: &random)!
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        guard !bytes.isEmpty else { break }
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[at] = UInt8.random(in: .min ... .max, using: &random)
        case 1: bytes.removeSubrange(at...)
        default: bytes.insert(Array("[]\\\" :<>1".utf8).randomElement(using: &random)!, at: at)
        }
      }
      #expect((0...bytes.count).contains(SyslogHeader.end(in: bytes.span.bytes)))
    }
  }
}
