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
    }
  }

  private func run(_ step: CopyStep) {
    for block in 0..<step.blocks {
      let source = values.base + step.from + block &* step.fromStride
      (values.base + step.to + block &* step.toStride).update(from: source, count: step.length)
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
    let padded = (step.channels + 7) & ~7
    var target = step.to
    for row in 0..<step.outputRows {
      for column in 0..<step.outputColumns {
        let from = step.from + row * step.patchDown + column * step.patchAcross
        for channel in stride(from: 0, to: step.channels, by: 8) {
          var low: SIMD4<Int32> = biases.vector(at: step.numbers + channel)
          var high: SIMD4<Int32> = biases.vector(at: step.numbers + channel + 4)
          var place = step.weights + channel
          for patchRow in 0..<step.patchRows {
            var source = from &+ patchRow &* step.rowStride &+ channel
            for _ in 0..<step.patchColumns {
              let narrow: SIMD8<Int8> = values.vector(at: source)
              let products =
                SIMD8<Int32>(truncatingIfNeeded: SIMD8<Int16>(truncatingIfNeeded: narrow))
                &* SIMD8<Int32>(truncatingIfNeeded: weights.vector(at: place, as: SIMD8<Int16>.self))
              low &+= products.lowHalf
              high &+= products.highHalf
              source &+= step.columnStride
              place &+= padded
            }
          }
          let rest = step.channels - channel
          store(low, step.output, step.numbers + channel, target + channel, min(4, rest))
          if rest > 4 { store(high, step.output, step.numbers + channel + 4, target + channel + 4, min(4, rest - 4)) }
        }
        target += step.channels
      }
    }
  }

  @inline(__always)
  private func store(_ sums: SIMD4<Int32>, _ output: OutputStage, _ number: Int, _ target: Int, _ count: Int) {
    for lane in 0..<count {
      let multiplier = multipliers[number &+ lane]
      let scaled = output.roundsOnce ? multiplier.onceRounded(sums[lane]) : multiplier.twiceRounded(sums[lane])
      values[target &+ lane] = Int8(truncatingIfNeeded: min(max(scaled &+ output.zeroPoint, output.smallest), output.largest))
    }
  }
}
