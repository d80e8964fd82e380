import Units

/// One wake word: a network that hears frames of features and the rule by which its outputs become a detection.
///
/// Several share one `FeatureExtractor`. Allocates nothing after `init`.
public final class WakeWord {
  public let description: WakeWordDescription
  /// The mean has to be above this, 0…1: the description's, moved by the sensitivity.
  public private(set) var cutoff: Double
  public let network: WakeNetwork
  private let outputs: FixedTable<UInt8>
  private var next = 0
  private var filled = 0
  private var sum = 0
  private var frame = 0
  /// The network's input by feature: made once, because features have few values.
  private let quantized = FixedTable<Int8>(repeating: 127, count: largestFeature + 1)

  /// Beyond it every feature is the same to the network.
  private static let largestFeature = 1023
  /// What a feature is worth to the models: they were trained on features times this.
  private static let featureScale = 0.0390625

  /// What the word says after one run of its network.
  public struct Verdict: Sendable, Hashable {
    /// The network's output, 0…255.
    public var output: UInt8
    /// Mean of the last outputs, 0…1; 0 until there are enough.
    public var mean: Double
    public var isDetected: Bool
  }

  public init(
    _ description: WakeWordDescription, model: [UInt8], sensitivity: WakeSensitivity = .normal
  ) throws(WakeWordError) {
    do throws(ModelError) {
      network = try WakeNetwork(model)
    } catch {
      throw .model(error)
    }
    self.description = description
    cutoff = sensitivity.cutoff(for: description.cutoff)
    outputs = FixedTable(repeating: 0, count: description.window)
    for feature in 0...Self.largestFeature {
      let value = (Double(feature) * Self.featureScale / Double(network.inputScale) + Double(network.inputZero)).rounded(
        .toNearestOrEven)
      quantized[feature] = Int8(min(max(value, -128), 127))
    }
  }

  /// The last outputs together are as much as one of them alone would have to be: a word may have begun. If it has, it is decided when the others of
  /// the window have followed, 90 to 180 ms later; if it has not, as in a thousandth of other speech, nothing comes of it (`tools/bench wake --det`).
  public var isRising: Bool { Double(sum) > 256 * cutoff }

  /// Bytes that the word occupies.
  public var size: Int { network.size + quantized.count + outputs.count }

  /// Forgets what it has heard.
  public func reset() {
    network.reset()
    outputs.fill(0)
    (next, filled, sum, frame) = (0, 0, 0, 0)
  }

  /// Hears one frame; a verdict comes with each that completes the network's input (every third for the published models).
  public func hear(_ features: Span<UInt16>) -> Verdict? {
    for channel in 0..<features.count {
      network.setInput(quantized[min(Int(features[channel]), Self.largestFeature)], frame: frame, channel: channel)
    }
    frame += 1
    guard frame == network.frames else { return nil }
    frame = 0
    let output = network.run()
    sum += Int(output) - Int(outputs[next])
    outputs[next] = output
    next = next + 1 == outputs.count ? 0 : next + 1
    filled = min(filled + 1, outputs.count)
    let mean = filled == outputs.count ? Double(sum) / Double(256 * outputs.count) : 0
    return Verdict(output: output, mean: mean, isDetected: mean > cutoff)
  }
}
