import CMath

/// Turns a model's graph into steps over one arena. What an operator asks for and the engine cannot do is refused here, by name; after that nothing
/// can go wrong any more.
struct NetworkPlanner {
  let file: FlatBufferReader
  let graphs: ModelGraph
  let graph: ModelGraph.Subgraph
  var steps: [NetworkStep] = []
  var sizes = NetworkMemory.Sizes()
  /// Where in the arena each tensor lies; nil until something is put there.
  var places: [Int?]
  var variables: [Variable] = []
  /// Which variable a handle stands for.
  var handles: [Int?]
  /// What is written into the memory once it is there.
  var fillings: [Filling] = []
  private(set) var input = 0
  private(set) var output = 0
  private(set) var frames = 0
  /// Added to the output byte's value to make it 0…255.
  private(set) var outputOffset = 0

  /// What a stream remembers from one run to the next.
  struct Variable {
    var name: [UInt8]
    var place: Int
    var start: FlatBufferReader.Vector
  }

  enum Filling {
    case values(Int, [Int8])
    /// Weights of an operator: their place, and what they are.
    case weights(Int, [Int16])
    case wide(Int, [Int32])
    case channel(Int, bias: Int32, FixedMultiplier)
  }

  /// A hundred times what published wake words have.
  private static let mostSteps = 1 << 13
  /// Values and products of a run, 460 times what the largest published wake word computes: beyond it a run takes longer than the sound that it is about.
  private static let mostWork = 1 << 24

  init(_ bytes: [UInt8]) throws(ModelError) {
    file = FlatBufferReader(bytes)
    graphs = try ModelGraph(file)
    graph = graphs.subgraphs[0]
    places = [Int?](repeating: nil, count: graph.tensors.count)
    handles = [Int?](repeating: nil, count: graph.tensors.count)
    try placeInput()
    for (number, operation) in graph.operators.enumerated() {
      do throws(ModelError) {
        try plan(operation)
      } catch {
        throw ModelError(error.reason, operator: operation.code.rawValue, step: Int32(number))
      }
      guard sizes.isReasonable, steps.count <= Self.mostSteps else { throw ModelError(.tooLarge) }
    }
    guard steps.reduce(0, { $0 + $1.work }) <= Self.mostWork else { throw ModelError(.tooSlow) }
    try findOutput()
  }

  private mutating func placeInput() throws(ModelError) {
    guard graph.inputs.count == 1, graph.outputs.count == 1 else { throw ModelError(.interface) }
    let tensor = graph.tensors[graph.inputs[0]]
    guard tensor.type == .int8, tensor.rank == 3, tensor.shape[1] == 1, tensor.shape[3] == FeatureExtractor.channels,
      tensor.scale > 0
    else { throw ModelError(.interface) }
    frames = tensor.shape[2]
    input = try define(graph.inputs[0])
  }

  private mutating func findOutput() throws(ModelError) {
    let tensor = graph.tensors[graph.outputs[0]]
    guard tensor.count == 1, let place = places[graph.outputs[0]] else { throw ModelError(.interface) }
    output = place
    outputOffset = tensor.type == .uint8 ? 0 : Int(-tensor.zeroPoint)
  }

  /// Scale and zero of the input: feature / scale + zero is what the network takes.
  var inputScale: Float { graph.tensors[graph.inputs[0]].scale }
  var inputZero: Int32 { graph.tensors[graph.inputs[0]].zeroPoint }

  // MARK: Places

  mutating func reserve(_ count: Int) -> Int {
    defer { sizes.values += count }
    return sizes.values
  }

  /// A place for a tensor that a step computes.
  mutating func define(_ index: Int) throws(ModelError) -> Int {
    let tensor = graph.tensors[index]
    guard tensor.type == .int8 || tensor.type == .uint8, !tensor.isConstant, places[index] == nil else {
      throw ModelError(.usage)
    }
    let place = reserve(tensor.count)
    places[index] = place
    return place
  }

  /// Where a tensor lies that a step reads; a constant is put into the arena.
  mutating func place(of index: Int) throws(ModelError) -> Int {
    if let place = places[index] { return place }
    let tensor = graph.tensors[index]
    guard tensor.isConstant, tensor.type == .int8 else { throw ModelError(.order) }
    let place = reserve(tensor.count)
    fillings.append(.values(place, bytes(of: tensor)))
    places[index] = place
    return place
  }

  func bytes(of tensor: ModelGraph.Tensor) -> [Int8] {
    (0..<tensor.data.count).map { Int8(bitPattern: file.bytes[tensor.data.place + $0]) }
  }

  func numbers(of tensor: ModelGraph.Tensor) throws(ModelError) -> [Int32] {
    guard tensor.type == .int32, tensor.isConstant else { throw ModelError(.usage) }
    var numbers: [Int32] = []
    for index in 0..<tensor.count { numbers.append(try file.int32(at: tensor.data.place + 4 * index)) }
    return numbers
  }

  /// An operator's inputs and outputs, where there are just so many.
  func tensors(_ indices: [Int], _ count: Int) throws(ModelError) -> [ModelGraph.Tensor] {
    guard indices.count == count else { throw ModelError(.damaged) }
    return indices.map { graph.tensors[$0] }
  }

  /// Input and weights of an operator that has a bias, and that bias: zeros where it is left out.
  func operands(
    _ operation: ModelGraph.Operator, channels: (ModelGraph.Tensor) -> Int
  ) throws(ModelError) -> (input: ModelGraph.Tensor, filter: ModelGraph.Tensor, bias: [Int32]) {
    let indices = operation.inputs
    guard indices.count == 2 || indices.count == 3 else { throw ModelError(.damaged) }
    let (input, filter) = (graph.tensors[indices[0]], graph.tensors[indices[1]])
    let count = channels(filter)
    guard indices.count == 3, indices[2] >= 0 else { return (input, filter, [Int32](repeating: 0, count: count)) }
    let bias = graph.tensors[indices[2]]
    guard bias.count == count else { throw ModelError(.usage) }
    return (input, filter, try numbers(of: bias))
  }

  func options(_ operation: ModelGraph.Operator) throws(ModelError) -> FlatBufferReader.Table {
    guard operation.options > 0 else { throw ModelError(.damaged) }
    return FlatBufferReader.Table(place: operation.options)
  }

  // MARK: Operators

  private mutating func plan(_ operation: ModelGraph.Operator) throws(ModelError) {
    // Only a bias may be left out.
    for (position, index) in operation.inputs.enumerated() where index < 0 {
      guard position == 2, operation.code.hasBias else { throw ModelError(.damaged) }
    }
    switch operation.code {
    case .callOnce: try planStart(operation)
    case .variableHandle: try planHandle(operation)
    case .readVariable: try planRead(operation)
    case .assignVariable: try planAssign(operation)
    case .reshape: try planReshape(operation)
    case .concatenation: try planConcatenation(operation)
    case .stridedSlice: try planSlice(operation)
    case .split: try planSplit(operation)
    case .convolution: try planConvolution(operation)
    case .depthwiseConvolution: try planDepthwise(operation)
    case .fullyConnected: try planFullyConnected(operation)
    case .logistic: try planLogistic(operation)
    case .quantize: try planQuantize(operation)
    case .add: try planPairs(operation, .sum)
    case .multiply: try planPairs(operation, .product)
    case .averagePool: try planPool(operation, isMaximum: false)
    case .maximumPool: try planPool(operation, isMaximum: true)
    case .mean: try planMean(operation)
    case .pad: try planPad(operation)
    case .pack: try planPack(operation)
    }
  }
}
