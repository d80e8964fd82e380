/// Decides, for 10 ms of sound at a time, whether anything but the background is to be heard: while it is closed nobody computes features.
///
/// Two levels are followed, that of the sound and that of its first difference: vowels raise the one, hissing consonants the other, which a plain
/// level would miss (what counting zero crossings is otherwise for). Each has a floor that falls at once and rises slowly; the gate opens when
/// a level stands out from its floor, and stays open for a while after. Integers only.
struct SoundGate {
  /// Samples that one decision takes.
  static let step = FeatureExtractor.step

  struct Settings: Sendable, Hashable {
    /// How far a level must stand above its floor, as a ratio of energies in sixteenths: 40/16 is 4 dB.
    var opening: UInt64 = 40
    /// Below this energy of 160 samples nothing is heard: −72 dBFS.
    var faintest: UInt64 = 160 * 66
    /// Steps that it stays open after the last that stood out: 1 s.
    var hold = 100
  }

  private let settings: Settings
  private var floors: (level: UInt64, difference: UInt64) = (0, 0)
  private var hasFloors = false
  private var rest = 0
  private var last: Int16 = 0

  init(_ settings: Settings = Settings()) { self.settings = settings }

  var isOpen: Bool { rest > 0 }

  /// Forgets the background: it is open until it knows it again.
  mutating func reset() {
    hasFloors = false
    rest = 0
  }

  /// Hears `step` samples; says whether the gate is open now.
  mutating func hear(_ samples: borrowing FixedTable<Int16>, at position: Int) -> Bool {
    let energy = Self.energies(samples, at: position, before: last)
    last = samples[position + Self.step - 1]
    guard hasFloors else {
      floors = energy
      hasFloors = true
      rest = settings.hold
      return true
    }
    let standsOut = standsOut(energy.level, floors.level) || standsOut(energy.difference, floors.difference)
    floors = (Self.followed(floors.level, energy.level), Self.followed(floors.difference, energy.difference))
    rest = standsOut ? settings.hold : max(0, rest - 1)
    return rest > 0
  }

  private func standsOut(_ energy: UInt64, _ floor: UInt64) -> Bool {
    energy > settings.faintest && energy &* 16 > floor &* settings.opening
  }

  /// A floor comes down by an eighth of the way in each step, and goes up by 1.7 dB in a second.
  private static func followed(_ floor: UInt64, _ energy: UInt64) -> UInt64 {
    energy < floor ? floor &- (floor &- energy) / 8 : min(energy, floor &+ floor / 256 &+ 1)
  }

  /// Sums of the squares of 160 samples about their mean, and of the differences between neighbours.
  private static func energies(
    _ samples: borrowing FixedTable<Int16>, at position: Int, before: Int16
  ) -> (level: UInt64, difference: UInt64) {
    var squares: UInt64 = 0
    var differences: UInt64 = 0
    var sums = SIMD4<Int32>.zero
    let ones = SIMD8<Int16>(repeating: 1)
    for index in stride(from: 0, to: step, by: 8) {
      let values: SIMD8<Int16> = samples.vector(at: position + index)
      let shifted: SIMD8<Int16> =
        index == 0
        ? SIMD8(before, values[0], values[1], values[2], values[3], values[4], values[5], values[6])
        : samples.vector(at: position + index - 1)
      sums &+= PackedComplex.pairSums(values, ones)
      // Halved, so that a difference fits in 16 bits.
      let half = (values &>> SIMD8(repeating: 1)) &- (shifted &>> SIMD8(repeating: 1))
      squares &+= total(PackedComplex.pairSums(values, values))
      differences &+= 4 &* total(PackedComplex.pairSums(half, half))
    }
    let sum = Int64(sums.wrappedSum())
    // The sum of squares about the mean: what a constant offset adds is taken away.
    let offset = UInt64(sum.magnitude) &* UInt64(sum.magnitude) / UInt64(step)
    return (squares &- min(squares, offset), differences)
  }

  /// The four lanes as numbers without a sign: two full-scale squares need the highest bit.
  @inline(__always)
  private static func total(_ sums: SIMD4<Int32>) -> UInt64 {
    let bare = unsafeBitCast(sums, to: SIMD4<UInt32>.self)
    return UInt64(bare[0]) &+ UInt64(bare[1]) &+ UInt64(bare[2]) &+ UInt64(bare[3])
  }
}
