import Series

/// Something worth telling about a stream.
package struct Alert: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A request is likely soon.
    case upcoming
    /// A request that was to be expected did not come.
    case silence
    /// A request came that was not to be expected.
    case unexpected
  }

  package enum Outcome: String, Hashable, Sendable, CaseIterable {
    case hit, early, late
    case falseAlarm = "false"
  }

  /// The same alert has the same ID, whenever it is found: after a restart, or in a replay.
  package struct ID: Hashable, Sendable {
    package var text: String

    package init(text: String) {
      self.text = text
    }
  }

  package var kind: Kind
  package var stream: String
  /// The hour at whose end it was found.
  package var origin: Int
  /// The hour it is about.
  package var hour: Int
  /// The probability that was given to `hour`.
  package var probability: Double
  /// What was passed: a probability for `upcoming` and `unexpected`, bits for `silence`.
  package var threshold: Double
  /// The surprise, for `silence` and `unexpected`.
  package var bits: Double?
  /// Hours since the last active one, for `silence`.
  package var hoursSilent: Int?

  package init(
    kind: Kind, stream: String, origin: Int, hour: Int, probability: Double, threshold: Double,
    bits: Double? = nil, hoursSilent: Int? = nil
  ) {
    self.kind = kind
    self.stream = stream
    self.origin = origin
    self.hour = hour
    self.probability = probability
    self.threshold = threshold
    self.bits = bits
    self.hoursSilent = hoursSilent
  }

  package var leadHours: Int { hour - origin }

  /// FNV-1a over stream, hour and kind, as 16 hexadecimal digits.
  package var id: ID {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in "\(kind.rawValue)\u{0}\(hour)\u{0}\(stream)".utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    let digits = String(hash, radix: 16)
    return ID(text: String(repeating: "0", count: 16 - digits.count) + digits)
  }
}

extension Alert {
  func write(to writer: inout ByteWriter) {
    writer.write(kind.rawValue)
    writer.write(stream)
    writer.write(origin)
    writer.write(hour)
    writer.write(probability)
    writer.write(threshold)
    writer.write(bits ?? .nan)
    writer.write(hoursSilent ?? -1)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    guard let kind = Kind(rawValue: try reader.readString()) else { throw ByteReader.Damaged() }
    self.kind = kind
    stream = try reader.readString()
    origin = try reader.readInt()
    hour = try reader.readInt()
    probability = try reader.readDouble()
    threshold = try reader.readDouble()
    let bits = try reader.readDouble()
    self.bits = bits.isNaN ? nil : bits
    let hours = try reader.readInt()
    hoursSilent = hours < 0 ? nil : hours
  }
}
