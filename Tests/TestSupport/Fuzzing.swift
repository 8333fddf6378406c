import Arithmetic
import Foundation

/// Seeded damage for whatever reads bytes from outside.
///
/// Each fuzzer usually runs few rounds; `FUZZ_ROUNDS` in the environment sets another number, `FUZZ_SEED` another seed.
package enum Fuzzing {
  package static func rounds(usually count: Int) -> Int { number("FUZZ_ROUNDS") ?? count }

  package static var seed: UInt64 { UInt64(number("FUZZ_SEED") ?? 11) }

  private static func number(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
  }

  /// Flips bits, cuts, repeats, overwrites numbers with extreme ones, and mixes in bytes of other samples.
  package static func damaged(
    _ bytes: [UInt8], crossing others: [[UInt8]] = [], _ chance: inout Chance
  ) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<chance.integer(in: 1...4) {
      let at = chance.integer(in: 0...bytes.count)
      let end = min(bytes.count, at + chance.integer(in: 1...64))
      switch chance.integer(in: 0...7) {
      case 0: bytes.insert(UInt8(truncatingIfNeeded: chance.next()), at: at)
      case 1: if at < bytes.count { bytes[at] ^= 1 << UInt8(chance.integer(in: 0...7)) }
      case 2: bytes.removeSubrange(at...)
      case 3: bytes.removeSubrange(at..<end)
      case 4: bytes.insert(contentsOf: bytes[at..<end], at: at)
      case 5: overwrite(&bytes, at: at & ~7, with: extremes[chance.integer(in: 0...7)])
      case 6: overwrite(&bytes, at: at, with: UInt64(chance.integer(in: 0...300)))
      default:
        guard !others.isEmpty else { continue }
        let other = others[chance.integer(in: 0...others.count - 1)]
        let start = chance.integer(in: 0...other.count)
        bytes.replaceSubrange(at..<end, with: other[start...].prefix(200))
      }
    }
    return bytes
  }

  /// Some numbers overwritten with extreme ones, mostly near the beginning or the end, where there are hours and
  /// counts; the length stays.
  package static func withImpossibleNumbers(_ bytes: [UInt8], _ chance: inout Chance) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<chance.integer(in: 1...2) {
      let end = bytes.count - 1
      let place =
        switch chance.integer(in: 0...2) {
        case 0: chance.integer(in: 0...min(end, 120))
        case 1: chance.integer(in: max(0, end - 1_200)...end)
        default: chance.integer(in: 0...end)
        }
      overwrite(&bytes, at: place, with: extremes[chance.integer(in: 0...7)])
    }
    return bytes
  }

  private static let extremes: [UInt64] = [
    0, .max, 1 << 63, .max >> 1, 1 << 40, Double.nan.bitPattern, Double.infinity.bitPattern,
    (-1e300).bitPattern,
  ]

  private static func overwrite(_ bytes: inout [UInt8], at start: Int, with word: UInt64) {
    for offset in 0..<8 where start + offset < bytes.count {
      bytes[start + offset] = UInt8(truncatingIfNeeded: word >> UInt64(8 * offset))
    }
  }
}
