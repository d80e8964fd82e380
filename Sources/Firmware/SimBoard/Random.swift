import Units

/// SplitMix64 (Steele, Lea and Flood 2014): a small generator whose output is a function of its seed and a counter, so that it
/// can also be asked for the n-th number at once.
struct Random {
  private var state: UInt64

  /// `stream` keeps the devices of one board apart: what one of them draws does not move the others.
  init(seed: UInt64, stream: UInt64) {
    state = Random.mix(seed &+ stream &* 0xD1B5_4A32_D192_ED03)
  }

  mutating func next() -> UInt64 {
    defer { state &+= 0x9E37_79B9_7F4A_7C15 }
    return Random.mix(state)
  }

  /// The number that `next` would give after `index` others.
  func number(at index: Int64) -> UInt64 {
    Random.mix(state &+ 0x9E37_79B9_7F4A_7C15 &* UInt64(bitPattern: index))
  }

  /// Between zero and `limit`, evenly.
  mutating func duration(upTo limit: Duration) -> Duration {
    let nanoseconds = limit.nanoseconds
    guard nanoseconds > 0 else { return .zero }
    return .nanoseconds(Int64(next() % UInt64(nanoseconds + 1)))
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
