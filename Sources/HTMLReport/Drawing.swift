import Arithmetic

/// A picture as SVG, with a title and a description for readers who do not see it. Its texts are escaped, and its
/// colours are classes of the page's style sheet.
struct Drawing {
  enum Anchor: String {
    case start, middle, end
  }

  enum MarkShape {
    case dot, ring, cross, up, down
  }

  let width: Double
  let height: Double
  private var body = ""

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
    body +=
      "<path class=\"\(style)\" d=\"M\(Self.text(x1)) \(Self.text(y1))L\(Self.text(x2)) \(Self.text(y2))\"/>"
  }

  mutating func polyline(_ points: [(x: Double, y: Double)], _ style: String) {
    guard points.count > 1 else { return }
    let path = points.map { "\(Self.text($0.x)) \(Self.text($0.y))" }.joined(separator: "L")
    body += "<path class=\"\(style)\" d=\"M\(path)\"/>"
  }

  /// Equal rectangles, by their upper left corners, as one path.
  mutating func cells(
    _ corners: [(x: Double, y: Double)], width: Double, height: Double, _ style: String
  ) {
    guard !corners.isEmpty else { return }
    let (w, h) = (Self.text(width), Self.text(height))
    let path = corners.map { "M\(Self.text($0.x)) \(Self.text($0.y))h\(w)v\(h)h-\(w)z" }.joined()
    body += "<path class=\"\(style)\" d=\"\(path)\"/>"
  }

  mutating func circle(_ x: Double, _ y: Double, radius: Double, _ style: String, title: String) {
    body +=
      "<circle class=\"\(style)\" cx=\"\(Self.text(x))\" cy=\"\(Self.text(y))\" r=\"\(Self.text(radius))\">"
      + "<title>\(Self.escaped(title))</title></circle>"
  }

  /// A cross, a ring or a triangle in the place of a circle, so that marks differ by more than their colour.
  mutating func mark(
    _ shape: MarkShape, _ x: Double, _ y: Double, _ style: String, title: String
  ) {
    guard shape != .dot else { return circle(x, y, radius: 3, style, title: title) }
    let (a, b) = (Self.text(x), Self.text(y))
    let path =
      switch shape {
      case .dot, .ring: "M\(a) \(b)m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0"
      case .cross: "M\(a) \(b)m-3-3l6 6m0-6l-6 6"
      case .up: "M\(a) \(b)m0-4l4 7h-8z"
      case .down: "M\(a) \(b)m0 4l4-7h-8z"
      }
    body += "<path class=\"\(style)\" d=\"\(path)\"><title>\(Self.escaped(title))</title></path>"
  }

  mutating func text(
    _ x: Double, _ y: Double, _ text: String, _ anchor: Anchor = .start, _ style: String = ""
  ) {
    body +=
      "<text x=\"\(Self.text(x))\" y=\"\(Self.text(y))\" text-anchor=\"\(anchor.rawValue)\""
      + (style.isEmpty ? "" : " class=\"\(style)\"") + ">\(Self.escaped(text))</text>"
  }

  /// - Parameter id: Of this picture alone, of letters and digits.
  func svg(id: String, title: String, description: String) -> String {
    "<svg viewBox=\"0 0 \(Self.text(width)) \(Self.text(height))\" role=\"img\" "
      + "aria-labelledby=\"\(id)t \(id)d\"><title id=\"\(id)t\">\(Self.escaped(title))</title>"
      + "<desc id=\"\(id)d\">\(Self.escaped(description))</desc>\(body)</svg>"
  }

  /// A tenth of a unit is finer than a pixel.
  private static func text(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let tenths = Int(nearest: value * 10)
    let sign = tenths < 0 ? "-" : ""
    let rest = tenths.magnitude % 10
    return "\(sign)\(tenths.magnitude / 10)" + (rest == 0 ? "" : ".\(rest)")
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}

/// The place of numbers on an axis.
struct Axis {
  var range: ClosedRange<Double>
  var start: Double
  var end: Double

  func place(_ value: Double) -> Double {
    let length = range.upperBound - range.lowerBound
    let clamped = min(max(value, range.lowerBound), range.upperBound)
    return start + (end - start) * (length > 0 ? (clamped - range.lowerBound) / length : 0)
  }

  /// Four or five, at round numbers.
  var ticks: [Double] {
    let length = range.upperBound - range.lowerBound
    let step = [0.05, 0.1, 0.2, 0.25].first { length / $0 <= 5.01 } ?? 0.25
    return Array(stride(from: range.lowerBound, through: range.upperBound + step / 100, by: step))
  }

  /// The part of 0…1 in which some shares lie, with some room, between round numbers.
  static func range(around shares: [Double]) -> ClosedRange<Double> {
    guard let lowest = shares.min(), let highest = shares.max() else { return 0...1 }
    let lower = max(0, ((lowest - 0.03) * 10).rounded(.down) / 10)
    let upper = min(1, ((highest + 0.03) * 10).rounded(.up) / 10)
    return lower < upper ? lower...upper : 0...1
  }
}
