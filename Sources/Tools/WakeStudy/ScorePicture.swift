import Drawing
import Foundation

/// The scores of sounds as a picture: a band for each word of each sound.
public struct ScorePicture {
  private static let width = 960
  private static let left = 150
  private static let right = 936
  private static let band = 90
  private static let gap = 14
  private static let head = 44
  private static let foot = 30

  private static let grid: UInt32 = 0xDDDDDD
  private static let closed: UInt32 = 0xF2F2F2
  private static let area: UInt32 = 0xBFD9EE
  private static let line: UInt32 = 0x1F6FAF
  private static let cutoff: UInt32 = 0xC8321E

  public struct Sound {
    public var title: String
    public var run: WakeRun

    public init(title: String, run: WakeRun) {
      self.title = title
      self.run = run
    }
  }

  private var canvas: Canvas

  public init(_ sounds: [Sound], names: [String], cutoffs: [Double]) {
    let each = Self.head + names.count * (Self.band + Self.gap) + Self.foot
    canvas = Canvas(width: Self.width, height: max(1, each * sounds.count))
    for (index, sound) in sounds.enumerated() {
      let top = index * each
      canvas.write(sound.title, x: 20, baseline: top + 28, pixels: 17, isBold: true)
      for (word, name) in names.enumerated() {
        draw(sound.run, word, name, cutoffs[word], top: top + Self.head + word * (Self.band + Self.gap))
      }
      drawTime(sound.run.seconds, top: top + Self.head, bottom: top + each - Self.foot - Self.gap)
    }
  }

  /// False when the file cannot be written.
  public func write(to path: String) -> Bool { canvas.write(to: path) }

  private mutating func draw(_ run: WakeRun, _ word: Int, _ name: String, _ cutoff: Double, top: Int) {
    let bottom = top + Self.band
    let y = { (score: Double) in bottom - Int((score * Double(Self.band)).rounded()) }
    canvas.write(name, x: 20, baseline: top + 20, pixels: 14)
    canvas.write(String(format: "cutoff %.2f", cutoff), x: 20, baseline: top + 40, pixels: 12, colour: Self.cutoff)
    let columns = ScorePlot.columns(run.scores[word], seconds: run.seconds, count: Self.right - Self.left)
    for (offset, value) in columns.enumerated() {
      let x = Self.left + offset
      guard let value else {
        canvas.fill(x, top, 1, Self.band, Self.closed)
        continue
      }
      canvas.fill(x, y(value), 1, bottom - y(value), Self.area)
      canvas.fill(x, y(value) - 1, 1, 2, Self.line)
    }
    canvas.fill(Self.left, y(cutoff), Self.right - Self.left, 1, Self.cutoff)
    canvas.fill(Self.left, bottom, Self.right - Self.left, 1, Self.grid)
    for detection in run.detections where detection.word == word {
      let x = Self.left + Int(detection.seconds / run.seconds * Double(Self.right - Self.left))
      canvas.fill(x - 1, top, 2, Self.band, Self.cutoff)
      canvas.write(String(format: "%.2f s", detection.seconds), x: x + 5, baseline: top + 12, pixels: 12, colour: Self.cutoff)
    }
  }

  private mutating func drawTime(_ seconds: Double, top: Int, bottom: Int) {
    guard seconds > 0 else { return }
    let step = [0.5, 1, 2, 5, 10, 30, 60, 300, 600, 1800].first { seconds / $0 <= 12 } ?? 3600
    for time in stride(from: 0.0, through: seconds, by: step) {
      let x = Self.left + Int(time / seconds * Double(Self.right - Self.left))
      canvas.fill(x, bottom, 1, 5, Self.line)
      canvas.write(String(format: "%g s", time), x: x - 8, baseline: bottom + 20, pixels: 12)
    }
  }
}
