import Drawing
import Engagement
import Foundation

/// The day as a picture: the charge as an area, the states as a band of colours, the hours below.
public struct DayPicture {
  public static let width = 960
  public static let height = 420
  private static let left = 64
  private static let right = 936
  private static let top = 56
  private static let bottom = 316
  private static let band = 330..<358

  private static let ink: UInt32 = 0x222222
  private static let grid: UInt32 = 0xDDDDDD
  private static let area: UInt32 = 0xBFD9EE
  private static let line: UInt32 = 0x1F6FAF

  private var canvas = Canvas(width: DayPicture.width, height: DayPicture.height)

  public init(_ report: DayReport) {
    let slots = report.slots(Self.right - Self.left)
    guard let hours = report.curve.last?.hour, !slots.isEmpty else { return }
    drawGrid(hours)
    var previous: Int?
    for (offset, slot) in slots.enumerated() {
      let x = Self.left + offset
      let y = Self.bottom - Int((slot.charge / 100 * Double(Self.bottom - Self.top)).rounded())
      canvas.fill(x, y, 1, Self.bottom - y, Self.area)
      // An exchanged battery is no line.
      let from = previous.map { y < $0 - 1 ? y : min($0, y) } ?? y
      canvas.fill(x, from, 1, max(y - from, 0) + 2, Self.line)
      previous = y
      canvas.fill(x, Self.band.lowerBound, 1, Self.band.count, Self.colour(slot.state))
    }
    canvas.fill(Self.left, Self.bottom, Self.right - Self.left, 1, Self.ink)
    drawLegend()
    let title = String(
      format: "%@: %.1f h on %.0f mWh, %.1f mW on average (modelled)", report.board, report.batteryHours,
      report.batteryMilliwattHours, report.averageMilliwatts)
    canvas.write(title, x: Self.left, baseline: 34, pixels: 18, isBold: true)
  }

  /// Writes the picture. False when the file cannot be written.
  public func write(to path: String) -> Bool { canvas.write(to: path) }

  static func colour(_ state: EngagementState) -> UInt32 {
    switch state {
    case .notWorn: 0xE6E6E6
    case .dormant: 0xA9C8A4
    case .armed: 0xF0C808
    case .engaged, .thinking, .presenting: 0xC8321E
    case .pairing: 0x7A4FA3
    }
  }

  private mutating func drawGrid(_ hours: Double) {
    for percent in stride(from: 0, through: 100, by: 25) {
      let y = Self.bottom - (Self.bottom - Self.top) * percent / 100
      canvas.fill(Self.left, y, Self.right - Self.left, 1, Self.grid)
      canvas.write("\(percent) %", x: 14, baseline: y + 5, pixels: 13)
    }
    let step = hours > 12 ? 2.0 : hours > 3 ? 1.0 : 0.25
    for hour in stride(from: 0.0, through: hours, by: step) {
      let x = Self.left + Int(hour / hours * Double(Self.right - Self.left))
      canvas.fill(x, Self.top, 1, Self.bottom - Self.top, Self.grid)
      canvas.write(String(format: "%g h", hour), x: x - 8, baseline: Self.band.upperBound + 17, pixels: 13)
    }
  }

  private mutating func drawLegend() {
    let names: [(EngagementState, String)] = [
      (.notWorn, "not worn"), (.dormant, "dormant"), (.armed, "armed"), (.engaged, "in a turn"), (.pairing, "pairing"),
    ]
    for (index, entry) in names.enumerated() {
      let x = Self.left + index * 130
      canvas.fill(x, 392, 14, 14, Self.colour(entry.0))
      canvas.write(entry.1, x: x + 20, baseline: 404, pixels: 13)
    }
  }
}
