/// Operators that work value by value, gather values, or lay them out anew.
extension NetworkPlanner {
  private typealias Four = InlineArray<4, Int>

  /// From one value to the next along each of the four axes.
  private static func strides(_ shape: Four) -> Four {
    [shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3], 1]
  }

  // MARK: Pairs

  /// The sum of two tensors, or their product. Either may be spread over the other's shape.
  mutating func planPairs(_ operation: ModelGraph.Operator, _ kind: PairStep.Kind) throws(ModelError) {
    let inputs = try tensors(operation.inputs, 2)
    let output = try tensors(operation.outputs, 1)[0]
    for tensor in inputs + [output] {
      guard tensor.type == .int8, tensor.scale > 0 else { throw ModelError(.usage) }
    }
    let shape = output.shape
    let (a, b) = (try spread(inputs[0].shape, over: shape), try spread(inputs[1].shape, over: shape))
    for axis in 0..<4 {
      guard shape[axis] == max(inputs[0].shape[axis], inputs[1].shape[axis]) else { throw ModelError(.damaged) }
    }
    let activation = try file.uint8(0, of: try options(operation))
    let (tables, multiplier) = try pairArithmetic(kind, inputs[0], inputs[1], output)
    let stage = try stage(output, [multiplier], activation: activation)
    steps.append(
      .pair(
        PairStep(
          kind: kind, a: try place(of: operation.inputs[0]), b: try place(of: operation.inputs[1]),
          to: try define(operation.outputs[0]), shape: shape, aStrides: a, bStrides: b, tables: tables, multiplier: multiplier,
          output: stage)))
  }

  /// Strides with 0 where one value stands for all along the axis.
  private func spread(_ shape: Four, over whole: Four) throws(ModelError) -> Four {
    var strides = Self.strides(shape)
    for axis in 0..<4 {
      if shape[axis] == 1 { strides[axis] = 0 }
      guard shape[axis] == 1 || shape[axis] == whole[axis] else { throw ModelError(.damaged) }
    }
    return strides
  }

  /// What each value of either input is worth, as two tables of 256, and what brings their sum or product back to eight bits.
  private mutating func pairArithmetic(
    _ kind: PairStep.Kind, _ a: ModelGraph.Tensor, _ b: ModelGraph.Tensor, _ output: ModelGraph.Tensor
  ) throws(ModelError) -> (tables: Int, FixedMultiplier) {
    var worth: [Int32] = []
    let multiplier: FixedMultiplier
    switch kind {
    case .product:
      for tensor in [a, b] { for value in Int32(-128)...127 { worth.append(value - tensor.zeroPoint) } }
      multiplier = FixedMultiplier(Double(a.scale * b.scale / output.scale))
    case .sum:
      // Both are brought to twice the larger scale, with 20 bits below the point.
      let twice = 2 * Double(max(a.scale, b.scale))
      for tensor in [a, b] {
        let share = FixedMultiplier(Double(tensor.scale) / twice)
        for value in Int32(-128)...127 { worth.append(share.twiceRounded((value - tensor.zeroPoint) * (1 << 20))) }
      }
      multiplier = FixedMultiplier(twice / (Double(1 << 20) * Double(output.scale)))
      // The reference computes with no larger one.
      guard multiplier.shift <= 0 else { throw ModelError(.usage) }
    }
    let place = sizes.wide
    sizes.wide += worth.count
    fillings.append(.wide(place, worth))
    return (place, multiplier)
  }

  // MARK: Gathering

  /// The mean, or the largest, of each channel over a patch. What lies beyond the edge is left out.
  mutating func planPool(_ operation: ModelGraph.Operator, isMaximum: Bool) throws(ModelError) {
    let input = try tensors(operation.inputs, 1)[0]
    let output = try tensors(operation.outputs, 1)[0]
    let options = try options(operation)
    guard input.type == .int8, output.type == .int8, input.rank == 4, output.rank == 4, input.shape[0] == 1, output.shape[0] == 1,
      input.shape[3] == output.shape[3], input.scale == output.scale, input.zeroPoint == output.zeroPoint
    else { throw ModelError(.usage) }
    let isPadded = try file.uint8(0, of: options) == 0
    let down = try axis(
      input.shape[1], output.shape[1], patch: try file.int32(4, of: options), stride: try file.int32(2, of: options), isPadded)
    let across = try axis(
      input.shape[2], output.shape[2], patch: try file.int32(3, of: options), stride: try file.int32(1, of: options), isPadded)
    let stage = try stage(output, [], activation: try file.uint8(5, of: options))
    steps.append(
      .pool(
        PoolStep(
          isMaximum: isMaximum, from: try place(of: operation.inputs[0]), to: try define(operation.outputs[0]),
          channels: input.shape[3], down: down, across: across, output: stage)))
  }

  private func axis(
    _ size: Int, _ count: Int, patch: Int32, stride: Int32, _ isPadded: Bool
  ) throws(ModelError) -> PoolAxis {
    guard patch >= 1, stride >= 1, patch < 1 << 16, stride < 1 << 16 else { throw ModelError(.usage) }
    let (patch, stride) = (Int(patch), Int(stride))
    guard isPadded || patch <= size else { throw ModelError(.damaged) }
    guard count == (isPadded ? (size + stride - 1) / stride : (size - patch) / stride + 1) else { throw ModelError(.damaged) }
    let before = isPadded ? max((count - 1) * stride + patch - size, 0) / 2 : 0
    return PoolAxis(size: size, count: count, patch: patch, stride: stride, before: before)
  }

  /// The mean over some axes.
  mutating func planMean(_ operation: ModelGraph.Operator) throws(ModelError) {
    let inputs = try tensors(operation.inputs, 2)
    let output = try tensors(operation.outputs, 1)[0]
    let input = inputs[0]
    guard input.type == .int8, output.type == .int8, input.scale > 0, output.scale > 0 else { throw ModelError(.usage) }
    var isGathered: InlineArray<4, Bool> = [false, false, false, false]
    for number in try numbers(of: inputs[1]) { isGathered[try axis(number, of: input)] = true }
    var (kept, gathered): (Four, Four) = ([1, 1, 1, 1], [1, 1, 1, 1])
    var elements = 1
    for axis in 0..<4 {
      if isGathered[axis] { gathered[axis] = input.shape[axis] } else { kept[axis] = input.shape[axis] }
      elements *= gathered[axis]
    }
    guard output.count * elements == input.count, elements <= 1 << 16 else { throw ModelError(.damaged) }
    let scale = FixedMultiplier(Double(input.scale) / Double(output.scale)).divided(by: elements)
    let stage = try stage(output, [], activation: 0)
    steps.append(
      .mean(
        MeanStep(
          from: try place(of: operation.inputs[0]), to: try define(operation.outputs[0]), kept: kept, gathered: gathered,
          strides: Self.strides(input.shape), offset: input.zeroPoint * Int32(elements), multiplier: scale, output: stage)))
  }

  // MARK: Laying out

  /// Values around a tensor that stand for zero. They are written once: nothing else is ever put there.
  mutating func planPad(_ operation: ModelGraph.Operator) throws(ModelError) {
    let inputs = try tensors(operation.inputs, 2)
    let output = try tensors(operation.outputs, 1)[0]
    let input = inputs[0]
    guard input.type == .int8, output.type == .int8, input.rank == output.rank, input.scale == output.scale,
      input.zeroPoint == output.zeroPoint
    else { throw ModelError(.usage) }
    let widths = try numbers(of: inputs[1])
    guard widths.count == 2 * input.rank else { throw ModelError(.damaged) }
    var before: Four = [0, 0, 0, 0]
    for number in 0..<input.rank {
      let axis = number + 4 - input.rank
      let (front, back) = (widths[2 * number], widths[2 * number + 1])
      guard front >= 0, back >= 0, Int(front) + Int(back) + input.shape[axis] == output.shape[axis] else {
        throw ModelError(.damaged)
      }
      before[axis] = Int(front)
    }
    let from = try place(of: operation.inputs[0])
    let to = try define(operation.outputs[0])
    fillings.append(.values(to, [Int8](repeating: Int8(truncatingIfNeeded: output.zeroPoint), count: output.count)))
    let (narrow, wide) = (Self.strides(input.shape), Self.strides(output.shape))
    guard input.shape[0] * input.shape[1] <= 4096 else { throw ModelError(.tooLarge) }
    for first in 0..<input.shape[0] {
      for second in 0..<input.shape[1] {
        let target =
          (first + before[0]) * wide[0] + (second + before[1]) * wide[1] + before[2] * wide[2] + before[3]
        steps.append(
          .copy(
            CopyStep(
              from: from + first * narrow[0] + second * narrow[1], to: to + target, blocks: input.shape[2],
              length: input.shape[3], fromStride: narrow[2], toStride: wide[2])))
      }
    }
  }

  /// Tensors of one shape, side by side along an axis of their own.
  mutating func planPack(_ operation: ModelGraph.Operator) throws(ModelError) {
    let output = try tensors(operation.outputs, 1)[0]
    let parts = operation.inputs.map { graph.tensors[$0] }
    guard let first = parts.first, output.type == .int8, output.rank == first.rank + 1 else { throw ModelError(.usage) }
    let axis = try axis(try file.int32(1, of: try options(operation)), of: output)
    guard output.shape[axis] == parts.count, output.count == parts.count * first.count else { throw ModelError(.damaged) }
    let inner = Self.strides(output.shape)[axis]
    let to = try define(operation.outputs[0])
    for (index, part) in parts.enumerated() {
      guard part.type == .int8, part.rank == first.rank, part.count == first.count, part.scale == output.scale,
        part.zeroPoint == output.zeroPoint
      else { throw ModelError(.usage) }
      for dimension in 0..<4 where part.shape[dimension] != first.shape[dimension] { throw ModelError(.damaged) }
      steps.append(
        .copy(
          CopyStep(
            from: try place(of: operation.inputs[index]), to: to + index * inner, blocks: first.count / inner, length: inner,
            fromStride: inner, toStride: inner * parts.count)))
    }
  }
}
