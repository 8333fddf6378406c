import Arithmetic
import Records
import Series
import TestSupport
import Testing

@Test func whatIsWrittenIsReadBackBitForBit() throws {
  var writer = ByteWriter()
  let numbers = [0.1, -0.0, .infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
  writer.write(Int.min)
  writer.write(UInt64.max)
  writer.write(Double(bitPattern: 0x7ff8_0000_0000_0001))
  writer.write("Größe \u{0} \u{1F4C8}")
  writer.write(numbers)
  writer.write([Float(1) / 3])
  writer.write([Int]())
  var reader = ByteReader(writer.bytes)
  #expect(try reader.readInt() == Int.min)
  #expect(try reader.readUInt64() == UInt64.max)
  #expect(try reader.readDouble().bitPattern == 0x7ff8_0000_0000_0001)
  #expect(try reader.readString() == "Größe \u{0} \u{1F4C8}")
  #expect(try reader.readArray(of: Double.self).map(\.bitPattern) == numbers.map(\.bitPattern))
  #expect(try reader.readArray(of: Float.self) == [Float(1) / 3])
  #expect(try reader.readArray(of: Int.self) == [])
  #expect(reader.isAtEnd)
}

@Test(arguments: [-1, Int.min, Int.max, 1 << 40])
func anAbsurdLengthIsAnError(length: Int) {
  var writer = ByteWriter()
  writer.write(length)
  writer.write(1.5)
  #expect(throws: ByteReader.Damaged()) {
    var reader = ByteReader(writer.bytes)
    _ = try reader.readArray(of: Double.self)
  }
}

@Test func anotherLengthThanExpectedIsAnError() {
  var writer = ByteWriter()
  writer.write([1.0, 2.0])
  #expect(throws: ByteReader.Damaged()) {
    var reader = ByteReader(writer.bytes)
    _ = try reader.readArray(of: Double.self, count: 3)
  }
}

/// A stream's encoded features, truncated anywhere, are an error.
@Test func truncatedFeaturesAreAnError() throws {
  let calendar = HourCalendar(timeZone: .utc)
  var rolling = RollingFeatures(startingAt: 0, calendar: calendar)
  for hour in 0..<100 { rolling.close(active: hour % 7 == 0, count: 1) }
  var writer = ByteWriter()
  rolling.write(to: &writer)
  for length in stride(from: 0, to: writer.bytes.count, by: 61) {
    #expect(throws: ByteReader.Damaged.self, "\(length) bytes") {
      var reader = ByteReader(Array(writer.bytes[..<length]))
      _ = try RollingFeatures(from: &reader, calendar: calendar)
    }
  }
}

/// Reading ends for any bytes: with values or with an error.
@Test(arguments: 1...200 as ClosedRange<UInt64>)
func garbageNeverTraps(seed: UInt64) {
  var chance = Chance(seed: seed)
  let bytes = chance.bytes(count: chance.integer(in: 0...12_000))
  do {
    var reader = ByteReader(bytes)
    _ = try RollingFeatures(from: &reader, calendar: HourCalendar(timeZone: .utc))
  } catch {
    #expect(error == ByteReader.Damaged())
  }
  var reader = ByteReader(bytes)
  _ = try? reader.readString()
  _ = try? reader.readArray(of: UInt64.self)
  _ = try? reader.readDouble()
}
