/// Two inputs, value by value.
struct PairStep {
  enum Kind { case sum, product }

  var kind: Kind
  var a: Int
  var b: Int
  var to: Int
  /// Values of the output along four axes, and how far apart they lie in each input; 0 where one stands for all.
  var shape: InlineArray<4, Int>
  var aStrides: InlineArray<4, Int>
  var bStrides: InlineArray<4, Int>
  /// Place of two tables of 256: what each value of either input is worth.
  var tables: Int
  var multiplier: FixedMultiplier
  var output: OutputStage
}

/// How a patch moves along one axis.
struct PoolAxis {
  /// Of the input, and of the output.
  var size: Int
  var count: Int
  var patch: Int
  var stride: Int
  /// How far the first patch begins before the input.
  var before: Int

  /// What of the input lies in a patch: at least one.
  @inline(__always)
  func range(_ index: Int) -> Range<Int> {
    let begin = index * stride - before
    return max(begin, 0)..<min(begin + patch, size)
  }
}

/// One value of each patch and channel.
struct PoolStep {
  var isMaximum: Bool
  var from: Int
  var to: Int
  var channels: Int
  var down: PoolAxis
  var across: PoolAxis
  var output: OutputStage
}

/// The mean over some of four axes: sizes of those that are kept, and of those that are gathered, 1 elsewhere.
struct MeanStep {
  var from: Int
  var to: Int
  var kept: InlineArray<4, Int>
  var gathered: InlineArray<4, Int>
  var strides: InlineArray<4, Int>
  /// What the input's zero adds to a sum.
  var offset: Int32
  var multiplier: FixedMultiplier
  var output: OutputStage

  /// Values of the output, and of each of them.
  var count: Int { kept[0] * kept[1] * kept[2] * kept[3] }
  var elements: Int { gathered[0] * gathered[1] * gathered[2] * gathered[3] }
}
