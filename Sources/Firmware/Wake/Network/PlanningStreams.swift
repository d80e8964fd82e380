/// What a network remembers from one run to the next, and how values are moved about.
extension NetworkPlanner {
  // MARK: Memory of the streams

  /// The subgraph that puts the first values into the streams' memories.
  mutating func planStart(_ operation: ModelGraph.Operator) throws(ModelError) {
    let index = Int(try file.int32(0, of: try options(operation)))
    guard index > 0, index < graphs.subgraphs.count, variables.isEmpty else { throw ModelError(.usage) }
    let start = graphs.subgraphs[index]
    var named = [Int?](repeating: nil, count: start.tensors.count)
    for entry in start.operators {
      for index in entry.inputs where index < 0 { throw ModelError(.damaged) }
      switch entry.code {
      case .variableHandle:
        guard entry.outputs.count == 1 else { throw ModelError(.damaged) }
        named[entry.outputs[0]] = variables.count
        variables.append(Variable(name: try name(of: entry), place: 0, start: .none))
      case .assignVariable:
        guard entry.inputs.count == 2 else { throw ModelError(.damaged) }
        let value = start.tensors[entry.inputs[1]]
        guard let variable = named[entry.inputs[0]], value.type == .int8, value.isConstant else { throw ModelError(.usage) }
        let place = reserve(value.count)
        variables[variable].place = place
        variables[variable].start = value.data
        fillings.append(.values(place, bytes(of: value)))
      default: throw ModelError(.usage)
      }
    }
  }

  private func name(of operation: ModelGraph.Operator) throws(ModelError) -> [UInt8] {
    let text = try file.vector(1, of: try options(operation), elementSize: 1)
    guard text.count > 0, text.count <= 256 else { throw ModelError(.damaged) }
    return (0..<text.count).map { file.bytes[text.place + $0] }
  }

  mutating func planHandle(_ operation: ModelGraph.Operator) throws(ModelError) {
    guard operation.outputs.count == 1 else { throw ModelError(.damaged) }
    let name = try name(of: operation)
    guard let variable = variables.firstIndex(where: { $0.name == name && $0.start.count > 0 }) else { throw ModelError(.order) }
    handles[operation.outputs[0]] = variable
  }

  private func variable(_ operation: ModelGraph.Operator, of count: Int) throws(ModelError) -> Variable {
    guard let first = operation.inputs.first, let handle = handles[first] else { throw ModelError(.order) }
    guard variables[handle].start.count == count else { throw ModelError(.usage) }
    return variables[handle]
  }

  mutating func planRead(_ operation: ModelGraph.Operator) throws(ModelError) {
    guard operation.inputs.count == 1, operation.outputs.count == 1 else { throw ModelError(.damaged) }
    let count = graph.tensors[operation.outputs[0]].count
    let from = try variable(operation, of: count).place
    steps.append(.copy(CopyStep(from: from, to: try define(operation.outputs[0]), length: count)))
  }

  mutating func planAssign(_ operation: ModelGraph.Operator) throws(ModelError) {
    guard operation.inputs.count == 2, operation.outputs.isEmpty else { throw ModelError(.damaged) }
    let count = graph.tensors[operation.inputs[1]].count
    let to = try variable(operation, of: count).place
    steps.append(.copy(CopyStep(from: try place(of: operation.inputs[1]), to: to, length: count)))
  }

  // MARK: Moving values about

  /// The same values under another shape: nothing is moved.
  mutating func planReshape(_ operation: ModelGraph.Operator) throws(ModelError) {
    guard let from = operation.inputs.first, operation.outputs.count == 1 else { throw ModelError(.damaged) }
    let (before, after) = (graph.tensors[from], graph.tensors[operation.outputs[0]])
    guard before.count == after.count, after.type == before.type, places[operation.outputs[0]] == nil else {
      throw ModelError(.usage)
    }
    places[operation.outputs[0]] = try place(of: from)
  }

  /// Number of values from one step along `axis` to the next, 0 the first of four.
  private func stride(_ tensor: ModelGraph.Tensor, axis: Int) -> Int {
    var stride = 1
    for dimension in (axis + 1)..<5 where dimension < 4 { stride *= tensor.shape[dimension] }
    return stride
  }

  /// An axis as the file names it, which may count from the end, as one of four.
  func axis(_ number: Int32, of tensor: ModelGraph.Tensor) throws(ModelError) -> Int {
    let positive = number < 0 ? Int(number) + tensor.rank : Int(number)
    guard positive >= 0, positive < tensor.rank else { throw ModelError(.usage) }
    return positive + 4 - tensor.rank
  }

  /// Copies what lies between `begin` and `begin + size` along an axis of `outer`, to (or from) all of `inner`, which has that size.
  private mutating func appendCopy(
    _ outer: ModelGraph.Tensor, at outerPlace: Int, axis: Int, begin: Int, size: Int, inner innerPlace: Int, isJoining: Bool
  ) {
    let along = stride(outer, axis: axis)
    let whole = along * outer.shape[axis]
    let cut = CopyStep(
      from: outerPlace + begin * along, to: innerPlace, blocks: outer.count / whole, length: size * along, fromStride: whole,
      toStride: size * along)
    steps.append(
      .copy(
        isJoining
          ? CopyStep(
            from: cut.to, to: cut.from, blocks: cut.blocks, length: cut.length, fromStride: cut.toStride, toStride: cut.fromStride
          )
          : cut))
  }

  mutating func planConcatenation(_ operation: ModelGraph.Operator) throws(ModelError) {
    let options = try options(operation)
    guard operation.outputs.count == 1, try file.uint8(1, of: options) == 0 else { throw ModelError(.usage) }
    let joined = graph.tensors[operation.outputs[0]]
    let axis = try axis(try file.int32(0, of: options), of: joined)
    let to = try define(operation.outputs[0])
    var begin = 0
    for index in operation.inputs {
      let part = graph.tensors[index]
      // Parts of another scale would have to be rescaled.
      guard part.rank == joined.rank, part.scale == joined.scale, part.zeroPoint == joined.zeroPoint, sameBut(axis, part, joined)
      else { throw ModelError(.usage) }
      let size = part.shape[axis]
      guard begin + size <= joined.shape[axis] else { throw ModelError(.damaged) }
      appendCopy(joined, at: to, axis: axis, begin: begin, size: size, inner: try place(of: index), isJoining: true)
      begin += size
    }
    guard begin == joined.shape[axis] else { throw ModelError(.damaged) }
  }

  private func sameBut(_ axis: Int, _ a: ModelGraph.Tensor, _ b: ModelGraph.Tensor) -> Bool {
    for dimension in 0..<4 where dimension != axis && a.shape[dimension] != b.shape[dimension] { return false }
    return true
  }

  /// A cut along one axis; along the others everything is taken.
  mutating func planSlice(_ operation: ModelGraph.Operator) throws(ModelError) {
    guard operation.inputs.count == 4, operation.outputs.count == 1 else { throw ModelError(.damaged) }
    let options = try options(operation)
    let beginMask = try file.int32(0, of: options)
    let endMask = try file.int32(1, of: options)
    for special in 2...4 { guard try file.int32(special, of: options) == 0 else { throw ModelError(.usage) } }
    let whole = graph.tensors[operation.inputs[0]]
    let part = graph.tensors[operation.outputs[0]]
    let begins = try numbers(of: graph.tensors[operation.inputs[1]])
    let ends = try numbers(of: graph.tensors[operation.inputs[2]])
    let strides = try numbers(of: graph.tensors[operation.inputs[3]])
    guard part.rank == whole.rank, begins.count == whole.rank, ends.count == whole.rank, strides.count == whole.rank else {
      throw ModelError(.usage)
    }
    var cut: (axis: Int, begin: Int)?
    for number in 0..<whole.rank {
      let axis = number + 4 - whole.rank
      let size = whole.shape[axis]
      guard strides[number] == 1 else { throw ModelError(.usage) }
      let begin = beginMask >> Int32(number) & 1 == 1 ? 0 : bounded(begins[number], size)
      let end = endMask >> Int32(number) & 1 == 1 ? size : bounded(ends[number], size)
      guard end - begin == part.shape[axis] else { throw ModelError(.damaged) }
      guard begin > 0 || end < size else { continue }
      guard cut == nil else { throw ModelError(.usage) }
      cut = (axis, begin)
    }
    let from = try place(of: operation.inputs[0])
    let to = try define(operation.outputs[0])
    let (axis, begin) = cut ?? (3, 0)
    appendCopy(whole, at: from, axis: axis, begin: begin, size: part.shape[axis], inner: to, isJoining: false)
  }

  /// A position that may count from the end, held within the axis.
  private func bounded(_ position: Int32, _ size: Int) -> Int {
    min(max(position < 0 ? Int(position) + size : Int(position), 0), size)
  }

  mutating func planSplit(_ operation: ModelGraph.Operator) throws(ModelError) {
    guard operation.inputs.count == 3 else { throw ModelError(.damaged) }
    let whole = graph.tensors[operation.inputs[0]]
    let axes = try numbers(of: graph.tensors[operation.inputs[2]])
    guard axes.count == 1 else { throw ModelError(.damaged) }
    let axis = try axis(axes[0], of: whole)
    let from = try place(of: operation.inputs[0])
    var begin = 0
    for index in operation.outputs {
      let part = graph.tensors[index]
      guard part.rank == whole.rank, part.scale == whole.scale, part.zeroPoint == whole.zeroPoint, sameBut(axis, part, whole),
        begin + part.shape[axis] <= whole.shape[axis]
      else { throw ModelError(.usage) }
      appendCopy(whole, at: from, axis: axis, begin: begin, size: part.shape[axis], inner: try define(index), isJoining: false)
      begin += part.shape[axis]
    }
  }
}
