/// A TZif file without any listed change: two headers, a type each, and the rule at the end.
///
/// - Parameter rule: As in `TZ`, such as Berlin's `CET-1CEST,M3.5.0,M10.5.0/3`.
/// - Source: RFC 8536.
package func timeZoneFile(rule: String) -> [UInt8] {
  let header = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
  let counts: [UInt8] =
    [0, 0, 0, 0] + [0, 0, 0, 0] + [0, 0, 0, 0] + [0, 0, 0, 0] + [0, 0, 0, 1]
  let one = header + counts + [0, 0, 0, 4]
  let type: [UInt8] = [0, 0, 0x0e, 0x10, 0, 0] + Array("CET\0".utf8)
  return one + type + one + type + Array("\n\(rule)\n".utf8)
}
