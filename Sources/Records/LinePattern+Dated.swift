extension LinePattern {
  /// Guesses at the lines of programs with a format of their own: a time near the beginning, and perhaps a
  /// request after it. Of two that read the same lines, the one that says more comes first.
  static let dated: [LinePattern] = stamps.flatMap { stamp in
    let time = #"^.{0,64}?\b(?<time>\#(stamp.regex))"#
    return [time + request, time].map { LinePattern(regex: $0, timeLayout: stamp.layout) }
  }

  /// `GET /path`, `"GET /path HTTP/1.1"`, `POST   "/path"`.
  private static let request =
    #".*?\b(?<method>GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) +"?(?<path>/[^\s"?]*)"#

  private static let stamps: [(regex: String, layout: String)] =
    [
      (#"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?[+-]\d\d:?\d\d\b|Z)?"#, "iso8601")
    ]
    + [
      "%d/%b/%Y:%H:%M:%S %z", "%d/%b/%Y:%H:%M:%S", "%d/%b/%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S",
      "%Y/%m/%d - %H:%M:%S", "%a %b %e %H:%M:%S.%f %Y", "%a %b %e %H:%M:%S %Y",
      "%d %b %Y %H:%M:%S", "%d-%b-%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S",
    ].map { (regex(ofLayout: $0), $0) }

  private static func regex(ofLayout layout: String) -> String {
    var regex = ""
    var isDirective = false
    for character in layout {
      switch (isDirective, character) {
      case (false, "%"): break
      case (false, "."): regex += #"\."#
      case (false, _): regex.append(character)
      case (true, "Y"): regex += #"\d{4}"#
      case (true, "a"), (true, "b"): regex += "[A-Z][a-z]{2}"
      case (true, "e"): regex += #"[ \d]\d"#
      case (true, "f"): regex += #"\d+"#
      case (true, "z"): regex += #"[+-]\d{4}"#
      case (true, _): regex += #"\d\d"#
      }
      isDirective = !isDirective && character == "%"
    }
    return regex
  }
}
