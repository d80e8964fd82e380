import Units

/// Decides, for 10 ms of sound at a time, whether anything but the background is to be heard: while it is closed nobody computes features.
///
/// Two levels are followed, those of the sound's differences over eight samples and over one: vowels raise the one, hissing consonants the other, which
/// one level would miss (what counting zero crossings is otherwise for). Neither takes notice of rumble and constant offsets: the level of the sound
/// itself wanders by itself, by several decibels, wherever low frequencies prevail, as they do in quiet rooms. Each level is the mean of the last energies,
/// and has a floor that falls at once and rises slowly, but never stays below the least level of the last two seconds: people who speak pause more often
/// than that, and what does not is the background. The gate opens when a level stands out from its floor, and stays open for a while after.
/// Integers only.
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
  private var levels = Levels()
  private var floors = Levels()
  private var least = LeastLevels()
  private var hasFloors = false
  private var rest = 0
  /// The last samples of the step before.
  private var last = SIMD8<Int16>.zero

  /// Energies of the differences between samples eight and one apart, of `step` samples.
  private struct Levels {
    var far: UInt64 = 0
    var near: UInt64 = 0
  }

  /// The least levels of the last two seconds, a quarter of a second at a time.
  private struct LeastLevels {
    private var far = SIMD8<UInt64>.zero
    private var near = SIMD8<UInt64>.zero
    private var present = Levels(far: .max, near: .max)
    private var place = 0
    private var steps = 0

    /// In a quarter of a second.
    private static let stepsTogether = 25

    /// Takes the levels of a step. With the last of each quarter come the least of all; zero until there have been two seconds.
    mutating func take(_ levels: Levels) -> Levels? {
      present = Levels(far: min(present.far, levels.far), near: min(present.near, levels.near))
      steps += 1
      guard steps == Self.stepsTogether else { return nil }
      (far[place], near[place]) = (present.far, present.near)
      place = (place + 1) % 8
      steps = 0
      present = Levels(far: .max, near: .max)
      var least = Levels(far: .max, near: .max)
      for index in 0..<8 { least = Levels(far: min(least.far, far[index]), near: min(least.near, near[index])) }
      return least
    }
  }

  init(_ settings: Settings = Settings()) { self.settings = settings }

  var isOpen: Bool { rest > 0 }

  /// Forgets the background: it is open until it knows it again.
  mutating func reset() {
    hasFloors = false
    least = LeastLevels()
    rest = 0
  }

  /// Hears `step` samples; says whether the gate is open now.
  mutating func hear(_ samples: borrowing FixedTable<Int16>, at position: Int) -> Bool {
    let energies = Self.energies(samples, at: position, after: last)
    last = samples.vector(at: position + Self.step - 8)
    guard hasFloors else {
      (levels, floors) = (energies, energies)
      hasFloors = true
      rest = settings.hold
      return true
    }
    levels = Levels(far: (levels.far &+ energies.far) / 2, near: (levels.near &+ energies.near) / 2)
    let standsOut = standsOut(levels.far, floors.far) || standsOut(levels.near, floors.near)
    floors = Levels(far: Self.followed(floors.far, levels.far), near: Self.followed(floors.near, levels.near))
    if let least = least.take(levels) {
      floors = Levels(far: max(floors.far, least.far), near: max(floors.near, least.near))
    }
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

  private static func energies(
    _ samples: borrowing FixedTable<Int16>, at position: Int, after last: SIMD8<Int16>
  ) -> Levels {
    var sums = Levels()
    var before = halved(last)
    for index in stride(from: 0, to: step, by: 8) {
      // Halved, so that a difference fits in 16 bits.
      let values = halved(samples.vector(at: position + index))
      let shifted =
        index == 0
        ? SIMD8(before[7], values[0], values[1], values[2], values[3], values[4], values[5], values[6])
        : halved(samples.vector(at: position + index - 1))
      let (far, near) = (values &- before, values &- shifted)
      sums.far &+= 4 &* total(PackedComplex.pairSums(far, far))
      sums.near &+= 4 &* total(PackedComplex.pairSums(near, near))
      before = values
    }
    return sums
  }

  @inline(__always)
  private static func halved(_ samples: SIMD8<Int16>) -> SIMD8<Int16> { samples &>> SIMD8(repeating: 1) }

  /// The four lanes as numbers without a sign: two squares of full scale need the highest bit.
  @inline(__always)
  private static func total(_ sums: SIMD4<Int32>) -> UInt64 {
    let bare = unsafeBitCast(sums, to: SIMD4<UInt32>.self)
    return UInt64(bare[0]) &+ UInt64(bare[1]) &+ UInt64(bare[2]) &+ UInt64(bare[3])
  }
}
