import CVector
import Units

/// All that a network works with, allocated when it is loaded and never again.
struct NetworkMemory: ~Copyable {
  /// Activations, the streams' memories, and tables of results.
  let values: FixedTable<Int8>
  /// Weights in the order in which they are used.
  let weights: FixedTable<Int16>
  let biases: FixedTable<Int32>
  let multipliers: FixedTable<FixedMultiplier>
  /// The multipliers of four channels each, as vectors.
  let scales: FixedTable<sotto_output_scale>
  /// Tables of wider numbers.
  let wide: FixedTable<Int32>
  /// A patch of the input, widened.
  let patch: FixedTable<Int16>

  /// Values read beyond the last by a vector that is only partly used.
  static let slack = 8

  init(_ sizes: Sizes) {
    values = FixedTable(repeating: 0, count: sizes.values + Self.slack)
    weights = FixedTable(repeating: 0, count: sizes.weights)
    biases = FixedTable(repeating: 0, count: sizes.numbers)
    multipliers = FixedTable(repeating: FixedMultiplier(0), count: sizes.numbers)
    scales = FixedTable(repeating: sotto_output_scale(), count: sizes.numbers / 4)
    wide = FixedTable(repeating: 0, count: sizes.wide)
    patch = FixedTable(repeating: 0, count: sizes.patch + Self.slack)
  }

  struct Sizes {
    var values = 0
    var weights = 0
    /// Channels of all steps.
    var numbers = 0
    var wide = 0
    /// The largest patch.
    var patch = 0

    /// More than ten times what the largest published wake word takes.
    static let most = 1 << 20

    var isReasonable: Bool {
      values <= Self.most && weights <= Self.most && numbers <= Self.most && wide <= Self.most && patch <= Self.most
    }
  }

  /// Bytes that it occupies.
  var size: Int {
    values.count + 2 * weights.count + (4 + MemoryLayout<FixedMultiplier>.stride) * biases.count + 2 * patch.count + 4
      * wide.count
      + MemoryLayout<sotto_output_scale>.stride * scales.count
  }

  func setChannel(_ place: Int, bias: Int32, _ multiplier: FixedMultiplier) {
    biases[place] = bias
    multipliers[place] = multiplier
    guard multiplier.shift <= 0 else { return }
    let (block, lane) = (place / 4, place % 4)
    let shift = -multiplier.shift
    scales.base[block].factor[lane] = multiplier.factor
    scales.base[block].shift[lane] = shift
    scales.base[block].half[lane] = (1 << shift) >> 1
    scales.base[block].power[lane] = Int32(truncatingIfNeeded: Int64(1) << Int64(31 - shift))
  }
}
