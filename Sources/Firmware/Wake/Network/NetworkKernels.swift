import CVector
import Units

/// The arithmetic of a network's steps.
///
/// Products of 16-bit numbers are added in pairs, four channels at a time: most processors have one instruction for that. Places were checked by the
/// planner; vectors may read, and never write, up to `NetworkMemory.slack` values beyond a step's own.
extension NetworkMemory {
  func run(_ step: NetworkStep) {
    switch step {
    case .copy(let copy): run(copy)
    case .convolve(let convolution): run(convolution)
    case .convolveDepthwise(let depthwise): run(depthwise)
    case .lookUp(let lookup): run(lookup)
    case .pair(let pair): run(pair)
    case .pool(let pool): run(pool)
    case .mean(let mean): run(mean)
    }
  }

  private func run(_ step: CopyStep) {
    for block in 0..<step.blocks {
      let source = values.base + step.from + block &* step.fromStride
      values.copy(source, count: step.length, to: step.to + block &* step.toStride)
    }
  }

  private func run(_ step: LookupStep) {
    for index in 0..<step.count {
      values[step.to &+ index] = values[step.table &+ 128 &+ Int(values[step.from &+ index])]
    }
  }

  private func run(_ step: ConvolutionStep) {
    var target = step.to
    for row in 0..<step.outputRows {
      for column in 0..<step.outputColumns {
        let pairs = gather(step, from: step.from + row * step.patchDown + column * step.patchAcross)
        var channel = 0
        var place = step.weights
        // Four blocks share each pair of the patch; the rest come one by one.
        while channel + 16 <= step.channels {
          quadruple(step, pairs, weights: place, channel, target + channel)
          place += 4 * pairs * 8
          channel += 16
        }
        while channel < step.channels {
          single(step, pairs, weights: place, channel, target + channel)
          place += pairs * 8
          channel += 4
        }
        target += step.channels
      }
    }
  }

  /// Widens the patch; returns its number of pairs.
  private func gather(_ step: ConvolutionStep, from: Int) -> Int {
    var count = 0
    for row in 0..<step.patchRows {
      let source = from + row * step.rowStride
      var index = 0
      while index < step.patchRow {
        // Surplus values are overwritten by the next row, or meet weights of zero.
        let narrow: SIMD8<Int8> = values.vector(at: source + index)
        patch.store(SIMD8<Int16>(truncatingIfNeeded: narrow), at: count + index)
        index += 8
      }
      count += step.patchRow
    }
    return (count + 1) / 2
  }

  @inline(__always)
  private func pair(_ index: Int) -> SIMD8<Int16> {
    let word = UnsafeRawPointer(patch.base).loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self)
    return unsafeBitCast(SIMD4<UInt32>(repeating: word), to: SIMD8<Int16>.self)
  }

  private func quadruple(_ step: ConvolutionStep, _ pairs: Int, weights place: Int, _ channel: Int, _ target: Int) {
    let stride = 8 * pairs
    var a: SIMD4<Int32> = biases.vector(at: step.numbers + channel)
    var b: SIMD4<Int32> = biases.vector(at: step.numbers + channel + 4)
    var c: SIMD4<Int32> = biases.vector(at: step.numbers + channel + 8)
    var d: SIMD4<Int32> = biases.vector(at: step.numbers + channel + 12)
    var position = place
    for index in 0..<pairs {
      let input = pair(index)
      a &+= PackedComplex.pairSums(weights.vector(at: position), input)
      b &+= PackedComplex.pairSums(weights.vector(at: position &+ stride), input)
      c &+= PackedComplex.pairSums(weights.vector(at: position &+ 2 &* stride), input)
      d &+= PackedComplex.pairSums(weights.vector(at: position &+ 3 &* stride), input)
      position &+= 8
    }
    store(a, step.output, step.numbers + channel, target, 4)
    store(b, step.output, step.numbers + channel + 4, target + 4, 4)
    store(c, step.output, step.numbers + channel + 8, target + 8, 4)
    store(d, step.output, step.numbers + channel + 12, target + 12, 4)
  }

  private func single(_ step: ConvolutionStep, _ pairs: Int, weights place: Int, _ channel: Int, _ target: Int) {
    var sums: SIMD4<Int32> = biases.vector(at: step.numbers + channel)
    for index in 0..<pairs { sums &+= PackedComplex.pairSums(weights.vector(at: place &+ 8 &* index), pair(index)) }
    store(sums, step.output, step.numbers + channel, target, min(4, step.channels - channel))
  }

  private func run(_ step: DepthwiseStep) {
    var target = step.to
    for row in 0..<step.outputRows {
      for column in 0..<step.outputColumns {
        let from = step.from + row * step.patchDown + column * step.patchAcross
        var place = step.weights
        for channel in stride(from: 0, to: step.channels, by: 8) {
          var low: SIMD4<Int32> = biases.vector(at: step.numbers + channel)
          var high: SIMD4<Int32> = biases.vector(at: step.numbers + channel + 4)
          var places = PatchPlaces(step, from: from + channel)
          while places.rest > 0 {
            let first = places.next()
            // The last of an odd number is paired with itself, times zero.
            let second = places.rest > 0 ? places.next() : first
            let pairs = sotto_paired_rows(values.base + first, values.base + second)
            low &+= PackedComplex.pairSums(pairs.low, weights.vector(at: place))
            high &+= PackedComplex.pairSums(pairs.high, weights.vector(at: place &+ 8))
            place &+= 16
          }
          let rest = step.channels - channel
          store(low, step.output, step.numbers + channel, target + channel, min(4, rest))
          if rest > 4 { store(high, step.output, step.numbers + channel + 4, target + channel + 4, min(4, rest - 4)) }
        }
        target += step.channels
      }
    }
  }

  /// The places of a patch, row by row.
  private struct PatchPlaces {
    private var place: Int
    private var column = 0
    private(set) var rest: Int
    private let columns: Int
    private let columnStride: Int
    private let rowStep: Int

    @inline(__always)
    init(_ step: DepthwiseStep, from: Int) {
      place = from
      rest = step.patchRows &* step.patchColumns
      columns = step.patchColumns
      columnStride = step.columnStride
      rowStep = step.rowStride &- step.patchColumns &* step.columnStride
    }

    @inline(__always)
    mutating func next() -> Int {
      let here = place
      place &+= columnStride
      column &+= 1
      rest &-= 1
      if column == columns {
        column = 0
        place &+= rowStep
      }
      return here
    }
  }

  @inline(__always)
  private func store(_ sums: SIMD4<Int32>, _ output: OutputStage, _ number: Int, _ target: Int, _ count: Int) {
    var bytes: UInt32 = 0
    switch output.rounding {
    case .twice: bytes = sotto_output(sums, scales.base + number / 4, output.zeroPoint, output.smallest, output.largest)
    case .twiceScaledUp:
      for lane in 0..<4 { bytes |= bounded(multipliers[number &+ lane].twiceRounded(sums[lane]), output) &<< UInt32(8 * lane) }
    case .once:
      for lane in 0..<4 { bytes |= bounded(multipliers[number &+ lane].onceRounded(sums[lane]), output) &<< UInt32(8 * lane) }
    }
    if count == 4 {
      UnsafeMutableRawPointer(values.base + target).storeBytes(of: bytes, as: UInt32.self)
    } else {
      for lane in 0..<count { values[target &+ lane] = Int8(truncatingIfNeeded: bytes &>> UInt32(8 * lane)) }
    }
  }

  @inline(__always)
  private func bounded(_ value: Int32, _ output: OutputStage) -> UInt32 {
    let moved = min(max(value &+ output.zeroPoint, Int32(output.smallest)), Int32(output.largest))
    return UInt32(UInt8(truncatingIfNeeded: moved))
  }
}
