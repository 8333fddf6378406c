/// Formats numbers for tables and sentences.
package enum Decimals {
  /// Formats with a fixed number of decimals; numbers that are too long for that in Swift's notation, such as 1e+30;
  /// `–` if not finite.
  package static func text(_ value: Double, _ count: Int) -> String {
    guard value.isFinite else { return "–" }
    var scale = 1.0
    for _ in 0..<count { scale *= 10 }
    guard value.magnitude * scale < 1e15 else { return "\(value)" }
    let scaled = Int((value.magnitude * scale).rounded())
    let digits = String(scaled)
    let padded = String(repeating: "0", count: max(0, count + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "−" : ""
    return sign + padded.dropLast(count) + (count > 0 ? "." + padded.suffix(count) : "")
  }

  /// A count with its noun: `1 stream`, `2 streams`.
  package static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// A rounded duration: `90 s`, `12 min`, `3 h`, `5 days`.
  package static func span(_ seconds: Int) -> String {
    switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7_200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3_600) h"
    default: "\(seconds / 86_400) days"
    }
  }

  /// Rounds to three decimals; to four below 1, and to seven below 0.01.
  package static func digits(_ value: Double) -> String {
    let scale = value.magnitude >= 1 ? 1e3 : value.magnitude >= 0.01 ? 1e4 : 1e7
    return "\((value * scale).rounded() / scale)"
  }
}
