import HAL

/// Sizes and colours of cards for one display. Black is transparent on see-through optics, so there are no boxes: light text and
/// one accent, at the lower left where it covers least of what matters.
struct CardStyle: Sendable {
  /// Em of the body in pixels.
  let body: Int
  /// Em of the title.
  let title: Int
  /// Free space at the edges.
  let margin: Int
  /// Longest line.
  let measure: Int
  /// Most lines of a body: what can be read at a glance.
  let lines: Int
  /// Thickness of the time bar and of strokes.
  let stroke: Int

  init(_ geometry: DisplayGeometry) {
    // 0.135 inch of em reads well at arm's length; small panels give way down to what a hinted sans can show.
    let wanted = geometry.density * 135 / 1_000
    body = max(min(wanted, geometry.height / 5, geometry.width / 10), 11)
    title = max(body * 3 / 4, 10)
    margin = max(min(geometry.width, geometry.height) / 14, 4)
    // About 42 characters: longer lines make the eye search.
    measure = min(geometry.width - 2 * margin, body * 23)
    stroke = max(body / 11, 1)
    let used = 2 * margin + title * 3 / 2 + 4 * stroke
    lines = max(min((geometry.height - used) * 3 / (body * 4), 4), 1)
  }

  static let bodyColour: UInt32 = 0xF2F4F5
  static let quietColour: UInt32 = 0x9AA5B1
  static let trackColour: UInt32 = 0x262B30

  static func accent(_ kind: CardKind) -> UInt32 {
    switch kind {
    case .listening: 0x5EEAD4
    case .digits: 0x9AA5B1
    case .answer: 0x8AB4F8
    case .notice: 0xF6C177
    case .reminder: 0xC4A7E7
    }
  }
}
