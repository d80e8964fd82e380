/// A TensorFlow Lite model file as plain values: what the planner works on. Everything that can be said without knowing what operators mean has
/// been checked: places, counts, types, and that numbers refer to something.
///
/// Source: the TensorFlow Lite schema, version 3. Fields are read by their number in it.
struct ModelGraph {
  enum ElementType: UInt8 {
    case int32 = 2
    case uint8 = 3
    case int8 = 9
    case resource = 13
  }

  struct Tensor {
    /// At most four dimensions, padded in front with 1.
    var shape: InlineArray<4, Int> = [1, 1, 1, 1]
    var rank = 0
    var type = ElementType.int8
    /// Constant data in the file; count 0 when the tensor is computed.
    var data = FlatBufferReader.Vector.none
    /// One for the tensor, or one for each channel.
    var scales: [Float] = []
    var zeroPoint: Int32 = 0

    var count: Int { shape[0] * shape[1] * shape[2] * shape[3] }
    var scale: Float { scales.isEmpty ? 0 : scales[0] }
    var isConstant: Bool { data.count > 0 }
  }

  struct Operator {
    var code: OperatorCode
    var inputs: [Int]
    var outputs: [Int]
    /// Place of the options' table, 0 when there are none.
    var options: Int
  }

  struct Subgraph {
    var tensors: [Tensor] = []
    var inputs: [Int] = []
    var outputs: [Int] = []
    var operators: [Operator] = []
  }

  private(set) var subgraphs: [Subgraph] = []

  /// Far more than any wake word has.
  private static let mostSubgraphs = 8
  private static let mostTensors = 1024
  private static let mostOperators = 1024
  private static let mostElements = 1 << 20
  /// Far beyond what weights and activations have; within it products and quotients of three scales stay finite.
  private static let sensibleScales: ClosedRange<Float> = 1e-20...1e6

  init(_ file: FlatBufferReader) throws(ModelError) {
    let model = try Self.root(of: file)
    let codes = try Self.codes(file, model)
    let buffers = try file.vector(4, of: model, elementSize: 4)
    let graphs = try file.vector(2, of: model, elementSize: 4)
    guard graphs.count >= 1, graphs.count <= Self.mostSubgraphs else { throw ModelError(.damaged) }
    for index in 0..<graphs.count {
      subgraphs.append(try Self.subgraph(file, try file.table(index, in: graphs), codes, buffers, count: graphs.count))
    }
  }

  /// The model's own table, when the file is of the version that is read here.
  static func root(of file: FlatBufferReader) throws(ModelError) -> FlatBufferReader.Table {
    // The mark stands behind the root's offset.
    guard file.bytes.count >= 8, try file.uint32(at: 4) == 0x334C_4654 else { throw ModelError(.notAModel) }
    let model = try file.table(at: 0)
    guard try file.int32(0, of: model) == 3 else { throw ModelError(.version) }
    return model
  }

  /// Numbers of the operators that the model refers to by their place here.
  static func codes(_ file: FlatBufferReader, _ model: FlatBufferReader.Table) throws(ModelError) -> [Int32] {
    let vector = try file.vector(1, of: model, elementSize: 4)
    guard vector.count <= mostOperators else { throw ModelError(.damaged) }
    var codes: [Int32] = []
    for index in 0..<vector.count {
      let table = try file.table(index, in: vector)
      // The old field holds one byte; the number is the larger of both.
      let old = Int32(Int8(bitPattern: try file.uint8(0, of: table)))
      codes.append(max(old, try file.int32(3, of: table)))
    }
    return codes
  }

  private static func subgraph(
    _ file: FlatBufferReader, _ table: FlatBufferReader.Table, _ codes: [Int32], _ buffers: FlatBufferReader.Vector, count: Int
  ) throws(ModelError) -> Subgraph {
    var graph = Subgraph()
    let tensors = try file.vector(0, of: table, elementSize: 4)
    guard tensors.count <= mostTensors else { throw ModelError(.tooLarge) }
    for index in 0..<tensors.count { graph.tensors.append(try tensor(file, try file.table(index, in: tensors), buffers)) }
    graph.inputs = try present(indices(file, 1, of: table, below: tensors.count))
    graph.outputs = try present(indices(file, 2, of: table, below: tensors.count))
    let operators = try file.vector(3, of: table, elementSize: 4)
    guard operators.count <= mostOperators else { throw ModelError(.tooLarge) }
    for index in 0..<operators.count {
      let entry = try file.table(index, in: operators)
      let number = try file.int32(0, of: entry)
      guard number >= 0, number < codes.count else { throw ModelError(.damaged) }
      guard let code = OperatorCode(rawValue: codes[Int(number)]) else {
        throw ModelError(.operator, operator: codes[Int(number)], step: Int32(index))
      }
      graph.operators.append(
        Operator(
          code: code, inputs: try indices(file, 1, of: entry, below: tensors.count),
          outputs: try present(indices(file, 2, of: entry, below: tensors.count)),
          options: try file.table(4, of: entry)?.place ?? 0))
    }
    return graph
  }

  private static func present(_ indices: [Int]) throws(ModelError) -> [Int] {
    for index in indices where index < 0 { throw ModelError(.damaged) }
    return indices
  }

  private static func indices(
    _ file: FlatBufferReader, _ field: Int, of table: FlatBufferReader.Table, below limit: Int
  ) throws(ModelError) -> [Int] {
    let vector = try file.vector(field, of: table, elementSize: 4)
    guard vector.count <= 64 else { throw ModelError(.tooLarge) }
    var indices: [Int] = []
    for position in 0..<vector.count {
      let index = Int(try file.int32(position, in: vector))
      // −1 stands for an input that is left out.
      guard index >= -1, index < limit else { throw ModelError(.damaged) }
      indices.append(index)
    }
    return indices
  }

  private static func tensor(
    _ file: FlatBufferReader, _ table: FlatBufferReader.Table, _ buffers: FlatBufferReader.Vector
  ) throws(ModelError) -> Tensor {
    var tensor = Tensor()
    guard let type = ElementType(rawValue: try file.uint8(1, of: table)) else { throw ModelError(.usage) }
    tensor.type = type
    let shape = try file.vector(0, of: table, elementSize: 4)
    guard shape.count <= 4 else { throw ModelError(.usage) }
    tensor.rank = shape.count
    var elements = 1
    for index in 0..<shape.count {
      let size = Int(try file.int32(index, in: shape))
      guard size >= 1, size <= mostElements, elements <= mostElements / size else { throw ModelError(.tooLarge) }
      elements *= size
      tensor.shape[4 - shape.count + index] = size
    }
    let buffer = Int(try file.int32(2, of: table))
    let data = try file.vector(0, of: try file.table(buffer, in: buffers), elementSize: 1)
    let size = type == .int32 ? 4 : 1
    guard data.count == 0 || data.count == elements * size else { throw ModelError(.damaged) }
    tensor.data = data
    if let quantization = try file.table(4, of: table) { try quantize(&tensor, file, quantization) }
    return tensor
  }

  private static func quantize(
    _ tensor: inout Tensor, _ file: FlatBufferReader, _ table: FlatBufferReader.Table
  ) throws(ModelError) {
    let scales = try file.vector(2, of: table, elementSize: 4)
    let zeros = try file.vector(3, of: table, elementSize: 8)
    guard scales.count <= 4096, zeros.count <= 4096 else { throw ModelError(.tooLarge) }
    for index in 0..<scales.count {
      let scale = Float(bitPattern: UInt32(bitPattern: try file.int32(index, in: scales)))
      guard sensibleScales.contains(scale) else { throw ModelError(.damaged) }
      tensor.scales.append(scale)
    }
    for index in 0..<zeros.count {
      let zero = try file.int64(at: zeros.place + 8 * index)
      guard zero >= -128, zero <= 255 else { throw ModelError(.damaged) }
      if index == 0 { tensor.zeroPoint = Int32(zero) }
      // Channels share their zero; weights have 0.
      guard Int32(zero) == tensor.zeroPoint else { throw ModelError(.usage) }
    }
  }
}
