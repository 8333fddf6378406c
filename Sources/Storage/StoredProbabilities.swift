import Arithmetic
import Foundation
import GRDB

/// The stored form of a forecast's probabilities: forecasts are most of the file, and 16 bits of log-odds keep each
/// to four digits of itself and of its distance to 1, in less than a third of what decimals take.
///
/// Two bytes each, the higher first: the log-odds in steps of 1/1365 above −24; 0 and 65,535 stand for the
/// probabilities 0 and 1. Any bytes are probabilities.
enum StoredProbabilities {
  private static let stepsPerUnit = 1_365.0
  private static let even = 32_768.0

  /// - Returns: Nil if one is no number, which the file refuses.
  static func bytes(_ probabilities: [Double]) -> Data? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * probabilities.count)
    for probability in probabilities {
      guard (0...1).contains(probability) else { return nil }
      let steps = even + (logit(probability) * stepsPerUnit).rounded()
      let code: UInt16 =
        switch probability {
        case 0: .min
        case 1: .max
        default: UInt16(min(max(steps, 1), 65_534))
        }
      bytes.append(UInt8(code >> 8))
      bytes.append(UInt8(truncatingIfNeeded: code))
    }
    return Data(bytes)
  }

  static func probabilities(_ bytes: Data) -> [Double] {
    stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { index in
      switch UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]) {
      case .min: 0
      case .max: 1
      case let code: sigmoid((Double(code) - even) / stepsPerUnit)
      }
    }
  }

  /// Converts what earlier versions stored, a list such as `[0.5,1e-06]`. One that cannot be read becomes an empty
  /// forecast. A JSON decoder takes half a minute for a million, twice as long.
  static let fromList = DatabaseFunction("log_odds_from_list", argumentCount: 1, pure: true) {
    let text = String.fromDatabaseValue($0[0]) ?? ""
    let listed = text.utf8.dropFirst().dropLast().split(separator: UInt8(ascii: ",")).map {
      Double(Substring($0)) ?? .nan
    }
    return bytes(listed.map { $0.isNaN ? $0 : min(max($0, 0), 1) }) ?? Data()
  }

  /// The probability of a lead as SQL, to six digits.
  ///
  /// - Parameters:
  ///   - column: The bytes.
  ///   - lead: From 1.
  static func sql(_ column: String, lead: String) -> String {
    let digits = (1...4).map {
      "(instr('123456789ABCDEF', substr(hex(substr(\(column), 2 * \(lead) - 1, 2)), \($0), 1)) << \(16 - 4 * $0))"
    }
    let code = digits.joined(separator: " + ")
    return """
      CASE \(code) WHEN 0 THEN 0.0 WHEN 65535 THEN 1.0
        ELSE CAST(printf('%.6g', 1 / (1 + exp((\(even) - (\(code))) / \(stepsPerUnit)))) AS REAL) END
      """
  }
}
