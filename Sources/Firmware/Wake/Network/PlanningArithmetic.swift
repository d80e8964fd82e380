import CMath

/// The operators that compute.
extension NetworkPlanner {
  /// How a patch moves over the input: what convolutions of both kinds share.
  private struct Geometry {
    var outputRows: Int
    var outputColumns: Int
    var down: Int
    var across: Int
  }

  /// Only patches that lie within the input: what padding would add is not computed.
  private func geometry(
    _ input: ModelGraph.Tensor, _ output: ModelGraph.Tensor, patchRows: Int, patchColumns: Int, strideDown: Int32,
    strideAcross: Int32
  ) throws(ModelError) -> Geometry {
    guard input.rank == 4, output.rank == 4, input.shape[0] == 1, output.shape[0] == 1, strideDown >= 1, strideAcross >= 1,
      strideDown < 1 << 16, strideAcross < 1 << 16
    else { throw ModelError(.usage) }
    let rows = output.shape[1]
    let columns = output.shape[2]
    guard (rows - 1) * Int(strideDown) + patchRows <= input.shape[1],
      (columns - 1) * Int(strideAcross) + patchColumns <= input.shape[2]
    else { throw ModelError(.usage) }
    let valid = ((input.shape[1] - patchRows) / Int(strideDown) + 1, (input.shape[2] - patchColumns) / Int(strideAcross) + 1)
    guard valid == (rows, columns) else { throw ModelError(.usage) }
    let row = input.shape[2] * input.shape[3]
    return Geometry(
      outputRows: rows, outputColumns: columns, down: Int(strideDown) * row, across: Int(strideAcross) * input.shape[3])
  }

  func stage(
    _ output: ModelGraph.Tensor, _ multipliers: [FixedMultiplier], activation: UInt8
  ) throws(ModelError) -> OutputStage {
    guard output.type == .int8, output.scale > 0 else { throw ModelError(.usage) }
    var stage = OutputStage(zeroPoint: output.zeroPoint, smallest: -128, largest: 127)
    if multipliers.contains(where: { $0.shift > 0 }) { stage.rounding = .twiceScaledUp }
    switch activation {
    case 0: break
    case 1: stage.smallest = Int16(max(-128, output.zeroPoint))
    case 3:
      stage.smallest = Int16(max(-128, output.zeroPoint))
      let six = min((6 / output.scale).rounded(.toNearestOrAwayFromZero), 512)
      stage.largest = Int16(min(127, output.zeroPoint + Int32(six)))
    default: throw ModelError(.usage)
    }
    return stage
  }

  /// Notes bias and multiplier of each channel. The bias takes in what the input's zero adds to every product.
  private mutating func appendChannels(
    bias: [Int32], weightSums: [Int32], input: ModelGraph.Tensor, _ multipliers: [FixedMultiplier]
  ) -> Int {
    let place = sizes.numbers
    for channel in bias.indices {
      fillings.append(
        .channel(place + channel, bias: bias[channel] &- input.zeroPoint &* weightSums[channel], multipliers[channel]))
    }
    sizes.numbers += (bias.count + 7) & ~7
    return place
  }

  /// Weights and scales of a step that has `channels` of them.
  private func check(
    _ input: ModelGraph.Tensor, _ filter: ModelGraph.Tensor, _ output: ModelGraph.Tensor, channels: Int
  ) throws(ModelError) {
    guard input.type == .int8, input.scale > 0, output.type == .int8, output.scale > 0, filter.type == .int8, filter.isConstant,
      filter.zeroPoint == 0,
      filter.scales.count == 1 || filter.scales.count == channels
    else { throw ModelError(.usage) }
  }

  private func multipliers(
    _ input: ModelGraph.Tensor, _ filter: ModelGraph.Tensor, _ output: ModelGraph.Tensor, channels: Int
  ) -> [FixedMultiplier] {
    (0..<channels).map {
      let scale = filter.scales.count == 1 ? filter.scale : filter.scales[$0]
      return FixedMultiplier(Double(input.scale) * Double(scale) / Double(output.scale))
    }
  }

  /// How far apart the rows of a patch lie: 1 where the file says nothing. Columns lie beside each other.
  private func dilation(_ options: FlatBufferReader.Table, first field: Int, columns: Int) throws(ModelError) -> Int {
    let across = try file.int32(field, of: options, or: 1)
    let down = try file.int32(field + 1, of: options, or: 1)
    guard across == 1 || columns == 1, down >= 1, down < 1 << 16 else { throw ModelError(.usage) }
    return Int(down)
  }

  /// Weights as the kernel wants them: for each block of four channels, for each pair of the patch, two of each channel.
  private mutating func appendPaired(_ weights: [Int8], channels: Int, patch: Int) -> Int {
    let pairs = (patch + 1) / 2
    let blocks = (channels + 3) / 4
    var paired = [Int16](repeating: 0, count: blocks * pairs * 8)
    for channel in 0..<channels {
      for index in 0..<patch {
        paired[(channel / 4 * pairs + index / 2) * 8 + channel % 4 * 2 + index % 2] = Int16(weights[channel * patch + index])
      }
    }
    let place = sizes.weights
    sizes.weights += paired.count
    sizes.patch = max(sizes.patch, patch + 1)
    fillings.append(.weights(place, paired))
    return place
  }

  private func sums(_ weights: [Int8], channels: Int, patch: Int) -> [Int32] {
    var sums = [Int32](repeating: 0, count: channels)
    for channel in 0..<channels {
      for index in 0..<patch { sums[channel] += Int32(weights[channel * patch + index]) }
    }
    return sums
  }

  mutating func planConvolution(_ operation: ModelGraph.Operator) throws(ModelError) {
    let (input, filter, bias) = try operands(operation) { $0.shape[0] }
    let output = try tensors(operation.outputs, 1)[0]
    let options = try options(operation)
    let channels = filter.shape[0]
    try check(input, filter, output, channels: channels)
    let dilation = try dilation(options, first: 4, columns: filter.shape[2])
    guard filter.rank == 4, filter.shape[3] == input.shape[3], output.shape[3] == channels else { throw ModelError(.usage) }
    let geometry = try geometry(
      input, output, patchRows: (filter.shape[1] - 1) * dilation + 1, patchColumns: filter.shape[2],
      strideDown: try file.int32(2, of: options),
      strideAcross: try file.int32(1, of: options))
    let patchRow = filter.shape[2] * filter.shape[3]
    let patch = filter.shape[1] * patchRow
    let weights = bytes(of: filter)
    let scales = multipliers(input, filter, output, channels: channels)
    let numbers = appendChannels(
      bias: bias, weightSums: sums(weights, channels: channels, patch: patch), input: input, scales)
    steps.append(
      .convolve(
        ConvolutionStep(
          from: try place(of: operation.inputs[0]), to: try define(operation.outputs[0]),
          rowStride: dilation * input.shape[2] * input.shape[3],
          columnStride: input.shape[3], patchDown: geometry.down, patchAcross: geometry.across, outputRows: geometry.outputRows,
          outputColumns: geometry.outputColumns, patchRows: filter.shape[1], patchRow: patchRow, channels: channels,
          weights: appendPaired(weights, channels: channels, patch: patch), numbers: numbers,
          output: try stage(output, scales, activation: try file.uint8(3, of: options)))))
  }

  mutating func planFullyConnected(_ operation: ModelGraph.Operator) throws(ModelError) {
    let (input, filter, bias) = try operands(operation) { $0.shape[2] }
    let output = try tensors(operation.outputs, 1)[0]
    let options = try options(operation)
    let channels = filter.shape[2]
    let patch = filter.shape[3]
    try check(input, filter, output, channels: channels)
    // Weights of the plain layout, and one row of input.
    guard filter.rank == 2, input.count == patch, output.count == channels,
      try file.uint8(1, of: options) == 0
    else { throw ModelError(.usage) }
    let weights = bytes(of: filter)
    // With one scale for all the product of the scales is rounded to single precision, unlike for convolutions.
    let scales =
      filter.scales.count == 1
      ? [FixedMultiplier](
        repeating: FixedMultiplier(Double(input.scale * filter.scale) / Double(output.scale)), count: channels)
      : multipliers(input, filter, output, channels: channels)
    let numbers = appendChannels(
      bias: bias, weightSums: sums(weights, channels: channels, patch: patch), input: input, scales)
    var stage = try stage(output, scales, activation: try file.uint8(0, of: options))
    stage.rounding = .once
    steps.append(
      .convolve(
        ConvolutionStep(
          from: try place(of: operation.inputs[0]), to: try define(operation.outputs[0]), rowStride: patch, columnStride: patch,
          patchDown: 0, patchAcross: 0, outputRows: 1, outputColumns: 1, patchRows: 1, patchRow: patch, channels: channels,
          weights: appendPaired(weights, channels: channels, patch: patch), numbers: numbers, output: stage)))
  }

  mutating func planDepthwise(_ operation: ModelGraph.Operator) throws(ModelError) {
    let (input, filter, bias) = try operands(operation) { $0.shape[3] }
    let output = try tensors(operation.outputs, 1)[0]
    let options = try options(operation)
    let channels = filter.shape[3]
    try check(input, filter, output, channels: channels)
    let dilation = try dilation(options, first: 5, columns: filter.shape[2])
    guard filter.rank == 4, filter.shape[0] == 1, input.shape[3] == channels, output.shape[3] == channels else {
      throw ModelError(.usage)
    }
    let geometry = try geometry(
      input, output, patchRows: (filter.shape[1] - 1) * dilation + 1, patchColumns: filter.shape[2],
      strideDown: try file.int32(2, of: options),
      strideAcross: try file.int32(1, of: options))
    let patch = filter.shape[1] * filter.shape[2]
    let weights = bytes(of: filter)
    let pairs = (patch + 1) / 2
    var wide = [Int16](repeating: 0, count: (channels + 7) / 8 * pairs * 16)
    var sums = [Int32](repeating: 0, count: channels)
    for index in 0..<patch {
      for channel in 0..<channels {
        wide[(channel / 8 * pairs + index / 2) * 16 + channel % 8 * 2 + index % 2] = Int16(weights[index * channels + channel])
        sums[channel] += Int32(weights[index * channels + channel])
      }
    }
    let place = sizes.weights
    sizes.weights += wide.count
    fillings.append(.weights(place, wide))
    let scales = multipliers(input, filter, output, channels: channels)
    let numbers = appendChannels(bias: bias, weightSums: sums, input: input, scales)
    steps.append(
      .convolveDepthwise(
        DepthwiseStep(
          from: try self.place(of: operation.inputs[0]), to: try define(operation.outputs[0]),
          rowStride: dilation * input.shape[2] * input.shape[3], columnStride: input.shape[3], patchDown: geometry.down,
          patchAcross: geometry.across, outputRows: geometry.outputRows, outputColumns: geometry.outputColumns,
          patchRows: filter.shape[1], patchColumns: filter.shape[2], channels: channels, weights: place, numbers: numbers,
          output: try stage(output, scales, activation: try file.uint8(4, of: options)))))
  }

  // MARK: Tables

  private mutating func appendTable(_ operation: ModelGraph.Operator, _ result: (Int32) -> Int8) throws(ModelError) {
    let count = graph.tensors[operation.inputs[0]].count
    guard graph.tensors[operation.outputs[0]].count == count else { throw ModelError(.damaged) }
    let table = reserve(256)
    fillings.append(.values(table, (-128...127).map(result)))
    steps.append(
      .lookUp(
        LookupStep(from: try place(of: operation.inputs[0]), to: try define(operation.outputs[0]), count: count, table: table)))
  }

  /// 1 / (1 + e⁻ˣ) in single precision, for each of the 256 values that the input can have.
  mutating func planLogistic(_ operation: ModelGraph.Operator) throws(ModelError) {
    let input = try tensors(operation.inputs, 1)[0]
    let output = try tensors(operation.outputs, 1)[0]
    guard input.type == .int8, output.type == .int8, input.scale > 0, output.scale > 0 else { throw ModelError(.usage) }
    let inverse = 1 / output.scale
    try appendTable(operation) { value in
      let real = input.scale * Float(value - input.zeroPoint)
      let share = 1 / (1 + sotto_exponential(-real))
      let scaled = (share * inverse).rounded(.toNearestOrAwayFromZero) + Float(output.zeroPoint)
      return Int8(truncatingIfNeeded: Int32(min(max(scaled, -128), 127)))
    }
  }

  /// Another scale, another zero, or the same byte read without a sign.
  mutating func planQuantize(_ operation: ModelGraph.Operator) throws(ModelError) {
    let input = try tensors(operation.inputs, 1)[0]
    let output = try tensors(operation.outputs, 1)[0]
    guard input.type == .int8, input.scale > 0, output.scale > 0, output.type == .int8 || output.type == .uint8 else {
      throw ModelError(.usage)
    }
    let multiplier = FixedMultiplier(Double(input.scale) / Double(output.scale))
    let range: ClosedRange<Int32> = output.type == .uint8 ? 0...255 : -128...127
    try appendTable(operation) { value in
      let scaled = multiplier.twiceRounded(value - input.zeroPoint) &+ output.zeroPoint
      return Int8(truncatingIfNeeded: min(max(scaled, range.lowerBound), range.upperBound))
    }
  }
}
