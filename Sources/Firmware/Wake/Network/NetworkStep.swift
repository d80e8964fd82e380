/// One thing that a network does in each run. Places are indices into its arena of values, weights or numbers; all of them were checked when the
/// network was planned.
enum NetworkStep {
  case copy(CopyStep)
  case convolve(ConvolutionStep)
  case convolveDepthwise(DepthwiseStep)
  case lookUp(LookupStep)
  case pair(PairStep)
  case pool(PoolStep)
  case mean(MeanStep)

  /// Values that it reads: what it costs, roughly.
  var work: Int {
    switch self {
    case .convolve, .convolveDepthwise: products
    case .copy(let step): step.blocks * step.length
    case .lookUp(let step): step.count
    case .pair(let step): step.shape[0] * step.shape[1] * step.shape[2] * step.shape[3]
    case .pool(let step):
      step.down.count * step.across.count * step.channels * min(step.down.patch, step.down.size)
        * min(step.across.patch, step.across.size)
    case .mean(let step): step.count * step.elements
    }
  }

  /// Products of a weight and a value that it computes.
  var products: Int {
    switch self {
    case .convolve(let step):
      step.outputRows * step.outputColumns * step.channels * step.patchRows * step.patchRow
    case .convolveDepthwise(let step):
      step.outputRows * step.outputColumns * step.channels * step.patchRows * step.patchColumns
    case .copy, .lookUp, .pair, .pool, .mean: 0
    }
  }
}

/// Blocks of values from one regular pattern to another: what reshaping, joining, cutting and remembering come down to.
struct CopyStep {
  var from: Int
  var to: Int
  var blocks = 1
  /// Values of a block.
  var length: Int
  /// From the begin of one block to the next.
  var fromStride = 0
  var toStride = 0
}

/// What happens to an accumulator before it is stored.
struct OutputStage {
  enum Rounding {
    /// As convolutions do it, four at a time.
    case twice
    /// As convolutions do it, with multipliers of 1 and more.
    case twiceScaledUp
    /// As fully connected layers do it.
    case once
  }

  var zeroPoint: Int32
  var smallest: Int16
  var largest: Int16
  var rounding = Rounding.twice
}

/// Each output value is a sum over a patch of the input. A fully connected layer is one whose patch is everything.
struct ConvolutionStep {
  var from: Int
  var to: Int
  /// Values of an input row (all columns), and of one column (all channels).
  var rowStride: Int
  var columnStride: Int
  /// From the patch of one output to the next, in values, down and across.
  var patchDown: Int
  var patchAcross: Int
  var outputRows: Int
  var outputColumns: Int
  /// The patch: its rows, and values of each.
  var patchRows: Int
  var patchRow: Int
  /// Output channels.
  var channels: Int
  /// Place of the weights: for each block of four channels, for each pair of values of the patch, two weights of each channel.
  var weights: Int
  /// Place, for each channel, of bias and multiplier, padded to whole blocks.
  var numbers: Int
  var output: OutputStage
}

/// Each channel for itself: sums over the rows and columns of a patch.
struct DepthwiseStep {
  var from: Int
  var to: Int
  var rowStride: Int
  var columnStride: Int
  var patchDown: Int
  var patchAcross: Int
  var outputRows: Int
  var outputColumns: Int
  var patchRows: Int
  var patchColumns: Int
  var channels: Int
  /// Place of the weights: for each eight channels, for each pair of places of the patch, two of each channel.
  var weights: Int
  var numbers: Int
  var output: OutputStage
}

/// A table of 256 results.
struct LookupStep {
  var from: Int
  var to: Int
  var count: Int
  /// Place of the table among the values, indexed by the input plus 128.
  var table: Int
}
