import HAL

/// What changed in a picture: at most four rectangles that together hold every changed pixel.
///
/// One more than four are joined where that adds the fewest pixels. Nothing is allocated.
public struct DamageRegion: Sendable {
  public static let most = 4
  private var rectangles: InlineArray<4, Rectangle> = .init(repeating: Rectangle(x: 0, y: 0, width: 0, height: 0))
  public private(set) var count = 0

  public init() {}

  public var isEmpty: Bool { count == 0 }

  public subscript(index: Int) -> Rectangle {
    precondition(index < count)
    return rectangles[index]
  }

  public mutating func removeAll() { count = 0 }

  /// An empty rectangle changes nothing.
  public mutating func add(_ added: Rectangle) {
    guard added.width > 0, added.height > 0 else { return }
    var whole = added
    // What touches or overlaps without waste is swallowed; a grown rectangle may reach others.
    var index = 0
    while index < count {
      let joined = whole.joined(with: rectangles[index])
      if joined.area <= whole.area + rectangles[index].area {
        whole = joined
        remove(at: index)
        index = 0
      } else {
        index += 1
      }
    }
    if count < Self.most {
      rectangles[count] = whole
      count += 1
    } else {
      let partner = cheapestPartner(of: whole)
      let joined = whole.joined(with: rectangles[partner])
      remove(at: partner)
      add(joined)
    }
  }

  private func cheapestPartner(of added: Rectangle) -> Int {
    var best = 0
    var least = Int.max
    for index in 0..<count {
      let waste = added.joined(with: rectangles[index]).area - rectangles[index].area
      if waste < least {
        least = waste
        best = index
      }
    }
    return best
  }

  private mutating func remove(at index: Int) {
    rectangles[index] = rectangles[count - 1]
    count -= 1
  }
}

extension Rectangle {
  var area: Int { width * height }

  /// The smallest rectangle that holds both.
  func joined(with other: Rectangle) -> Rectangle {
    let left = min(x, other.x)
    let top = min(y, other.y)
    let right = max(x + width, other.x + other.width)
    let bottom = max(y + height, other.y + other.height)
    return Rectangle(x: left, y: top, width: right - left, height: bottom - top)
  }
}
