/// One row of the result.
struct Measurement {
  let name: String
  let value: Double
  let unit: String
  /// The value as a multiple of the processor's limit, if there is one.
  var timesFloor: Double?
  /// The promised maximum of `timesFloor` or, without that, of `value`.
  var bar: Double?

  var isWithinBar: Bool? { bar.map { (timesFloor ?? value) <= $0 } }
}

extension [Measurement] {
  var table: String {
    let header = ["", "measured", "× floor", "bar", ""]
    let lines = [header] + map(\.columns)
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      let cells = zip(line, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + padding : padding + cell.0
      }
      return cells.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  /// The measurements as a JSON array of objects.
  var json: String {
    let objects = map { measurement in
      var fields = [
        #""name": "\#(measurement.name)""#, #""value": \#(measurement.value)"#,
        #""unit": "\#(measurement.unit)""#,
      ]
      if let timesFloor = measurement.timesFloor {
        fields.append(#""times_floor": \#(timesFloor)"#)
      }
      if let bar = measurement.bar { fields.append(#""bar": \#(bar)"#) }
      return "  {" + fields.joined(separator: ", ") + "}"
    }
    return "[\n" + objects.joined(separator: ",\n") + "\n]"
  }
}

extension Measurement {
  fileprivate var columns: [String] {
    [
      name, "\(Self.short(value)) \(unit)", timesFloor.map(Self.short) ?? "",
      bar.map(Self.short) ?? "", isWithinBar.map { $0 ? "within" : "ABOVE" } ?? "",
    ]
  }

  /// About three significant digits.
  private static func short(_ value: Double) -> String {
    let decimals = value < 10 ? 100.0 : value < 100 ? 10 : 1
    let rounded = (value * decimals).rounded() / decimals
    return decimals == 1 ? String(Int(rounded)) : String(rounded)
  }
}

extension [Double] {
  /// The median; of an even number of values, the lower middle one. The array must not be empty.
  var median: Double { sorted()[(count - 1) / 2] }
}
