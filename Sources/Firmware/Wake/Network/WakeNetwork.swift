import Units

/// A small streaming network of signed bytes that listens to frames of features: the engine for models of the microWakeWord family.
///
/// Reads a TensorFlow Lite file, checks all of it, plans one arena, and allocates nothing after that. Results are bit by bit those of TensorFlow Lite's
/// reference operators; `tools/bench wake --exact` compares every run.
public final class WakeNetwork {
  /// Frames of features that each run takes: 3 for the published models, 30 ms of sound.
  public let frames: Int
  /// Scale and zero of the input: feature / `inputScale` + `inputZero`.
  public let inputScale: Float
  public let inputZero: Int32
  /// Bytes that the engine occupies for this model.
  public var size: Int { memory.size }
  /// Bytes of that which the network remembers from one run to the next.
  public let stateSize: Int
  /// Products that each run computes.
  public let products: Int

  private let steps: FixedTable<NetworkStep>
  private let memory: NetworkMemory
  private let input: Int
  private let output: Int
  private let outputOffset: Int
  /// What the streams remember at the start.
  private let starts: [(place: Int, values: [Int8])]

  /// `file` is the whole content of a `.tflite` file. It is not kept.
  public init(_ file: [UInt8]) throws(ModelError) {
    let planner = try NetworkPlanner(file)
    frames = planner.frames
    inputScale = planner.inputScale
    inputZero = planner.inputZero
    input = planner.input
    output = planner.output
    outputOffset = planner.outputOffset
    stateSize = planner.variables.reduce(0) { $0 + $1.start.count }
    products = planner.steps.reduce(0) { $0 + $1.products }
    steps = FixedTable(repeating: .copy(CopyStep(from: 0, to: 0, length: 0)), count: planner.steps.count)
    for index in planner.steps.indices { steps[index] = planner.steps[index] }
    memory = NetworkMemory(planner.sizes)
    var starts: [(place: Int, values: [Int8])] = []
    for filling in planner.fillings {
      switch filling {
      case .values(let place, let values):
        starts.append((place, values))
      case .weights(let place, let weights):
        for index in weights.indices { memory.weights[place + index] = weights[index] }
      case .wide(let place, let numbers):
        for index in numbers.indices { memory.wide[place + index] = numbers[index] }
      case .channel(let place, let bias, let multiplier):
        memory.setChannel(place, bias: bias, multiplier)
      }
    }
    self.starts = starts
    reset()
  }

  /// Forgets what it has heard.
  public func reset() {
    for start in starts {
      for index in start.values.indices { memory.values[start.place + index] = start.values[index] }
    }
  }

  /// Puts one of the input's frames in place: `frames` of them before each run.
  @inline(__always)
  func setInput(_ value: Int8, frame: Int, channel: Int) {
    memory.values[input + frame * FeatureExtractor.channels + channel] = value
  }

  /// Runs once on `values`, `frames` times 40 of them, and returns what the network says, 0…255.
  public func run(_ values: Span<Int8>) -> UInt8 {
    precondition(values.count == frames * FeatureExtractor.channels, "a network takes whole frames")
    for index in 0..<values.count { memory.values[input + index] = values[index] }
    return run()
  }

  /// Runs once on the input that was set.
  func run() -> UInt8 {
    for index in 0..<steps.count { memory.run(steps[index]) }
    return UInt8(truncatingIfNeeded: Int(memory.values[output]) + outputOffset)
  }
}
