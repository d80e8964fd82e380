/// Cuts the silence that a voice makes before its first word: a neural voice begins with 40 to 120 ms of it, and the wearer would wait for it.
struct LeadingSilence: Sendable {
  /// −50 dBFS: below the softest consonants of speech at a usual level.
  private static let audible: UInt16 = 104
  /// Kept before the first audible sample, for what is softer still: 10 ms.
  private static let kept = SampleRate.spoken / 100

  private var held: [Int16] = []
  private var isOver = false

  /// The sound from the first word on; nothing while there is none.
  mutating func cut(_ samples: [Int16]) -> [Int16] {
    if isOver { return samples }
    held += samples
    guard let first = held.firstIndex(where: { $0.magnitude > Self.audible }) else {
      held.removeFirst(max(0, held.count - Self.kept))
      return []
    }
    isOver = true
    defer { held = [] }
    return Array(held[max(0, first - Self.kept)...])
  }
}
