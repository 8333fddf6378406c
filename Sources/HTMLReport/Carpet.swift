import Arithmetic
import Records
import Reporting

/// Past weeks, a column for each day and a cell for each hour: what came above what was forecast.
struct Carpet {
  private struct Cell {
    var day: Int
    var hourOfDay: Int
    var isActive: Bool
    var probability: Double?
  }

  private let cells: [Cell]
  private let days: [LocalTime]
  private let lead: Int

  static let daysMax = 120
  private static let left = 52.0
  private static let width = 720.0
  private static let cellHeight = 7.0
  private static let levels = 10

  init(_ history: StreamHistory) {
    lead = history.leadHours.upperBound
    let zone = history.outlook.zone
    let active = Set(history.activeHours)
    guard let last = history.outlook.origin, let began = history.activeHours.first,
      let first = history.forecasts.keys.min().map({
        max($0, began, last + 1 - 24 * Self.daysMax)
      }),
      first <= last
    else {
      (cells, days) = ([], [])
      return
    }
    var days: [LocalTime] = []
    var cells: [Cell] = []
    for hour in first...last {
      let local = LocalTime(hour: hour, in: zone)
      if days.last?.date != local.date { days.append(local) }
      let probabilities = history.forecasts[hour - lead] ?? []
      cells.append(
        Cell(
          day: days.count - 1, hourOfDay: Int(local.time.prefix(2)) ?? 0,
          isActive: active.contains(hour),
          probability: probabilities.count >= lead ? probabilities[lead - 1] : nil))
    }
    self.days = days
    self.cells = cells
  }

  var isEmpty: Bool { days.count < 2 }
  var dayCount: Int { days.count }

  func svg(id: String) -> String {
    let panel = 24 * Self.cellHeight
    let tops = (came: 24.0, forecast: 24.0 + panel + 34)
    var drawing = Drawing(width: Self.width, height: tops.forecast + panel + 40)
    let cellWidth = min(12, (Self.width - Self.left - 8) / Double(days.count))
    func corner(_ cell: Cell, _ top: Double) -> (x: Double, y: Double) {
      (Self.left + Double(cell.day) * cellWidth, top + Double(cell.hourOfDay) * Self.cellHeight)
    }
    func fill(_ cells: [Cell], _ top: Double, _ style: String) {
      drawing.cells(
        cells.map { corner($0, top) }, width: cellWidth, height: Self.cellHeight, style)
    }
    drawing.text(Self.left, tops.came - 9, "what came", .start, "label")
    fill(cells, tops.came, "known")
    fill(cells.filter(\.isActive), tops.came, "came")
    drawing.text(
      Self.left, tops.forecast - 9, "what was forecast, \(lead) h ahead", .start, "label")
    let forecast = cells.filter { $0.probability != nil }
    fill(forecast, tops.forecast, "known")
    for level in 1...Self.levels {
      fill(
        forecast.filter { Self.level($0.probability ?? 0) == level }, tops.forecast,
        "came l\(level)")
    }
    for top in [tops.came, tops.forecast] {
      for hour in stride(from: 0, through: 24, by: 6) {
        let y = top + Double(hour) * Self.cellHeight
        drawing.line(Self.left - 4, y, Self.left, y, "tick")
        drawing.text(Self.left - 7, y + 4, "\(hour) h", .end)
      }
    }
    drawing.days(days, left: Self.left, dayWidth: cellWidth, bottom: tops.forecast + panel)
    drawScale(&drawing, top: tops.forecast - 18)
    return drawing.svg(
      id: id, title: "Hours of \(days.count) days: what came, and what was forecast",
      description:
        "A column for each day from \(days.first?.date ?? "") to \(days.last?.date ?? ""), a cell for "
        + "each hour. \(cells.count(where: \.isActive)) of \(cells.count) hours had a request.")
  }

  /// From 0 to 100 %, above the right end of the forecast.
  private func drawScale(_ drawing: inout Drawing, top: Double) {
    let side = 9.0
    let right = min(Self.width - 8, Self.left + 12 * Double(days.count))
    let left = right - 48 - side * Double(Self.levels + 1)
    guard left > Self.left + 200 else { return }
    drawing.text(left - 6, top + 9, "0", .end)
    drawing.cells([(left, top)], width: side * Double(Self.levels + 1), height: side, "known")
    for level in 1...Self.levels {
      drawing.cells(
        [(left + side * Double(level), top)], width: side, height: side, "came l\(level)")
    }
    drawing.text(right, top + 9, "100 %", .end)
  }

  /// 0 is not drawn; a forecast is as dark as it is likely.
  private static func level(_ probability: Double) -> Int {
    min(levels, Int(nearest: probability * Double(levels)))
  }
}
