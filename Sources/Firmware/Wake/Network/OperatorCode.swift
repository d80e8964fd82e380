/// The operators of TensorFlow Lite that streaming wake-word models use, by their fixed numbers in the format's schema.
enum OperatorCode: Int32 {
  case add = 0
  case averagePool = 1
  case concatenation = 2
  case convolution = 3
  case depthwiseConvolution = 4
  case fullyConnected = 9
  case logistic = 14
  case maximumPool = 17
  case multiply = 18
  case reshape = 22
  case pad = 34
  case mean = 40
  case stridedSlice = 45
  case pack = 83
  case split = 102
  case quantize = 114
  case callOnce = 129
  case variableHandle = 142
  case readVariable = 143
  case assignVariable = 144

  var name: StaticString {
    switch self {
    case .add: "ADD"
    case .averagePool: "AVERAGE_POOL_2D"
    case .concatenation: "CONCATENATION"
    case .convolution: "CONV_2D"
    case .depthwiseConvolution: "DEPTHWISE_CONV_2D"
    case .fullyConnected: "FULLY_CONNECTED"
    case .logistic: "LOGISTIC"
    case .maximumPool: "MAX_POOL_2D"
    case .multiply: "MUL"
    case .reshape: "RESHAPE"
    case .pad: "PAD"
    case .mean: "MEAN"
    case .stridedSlice: "STRIDED_SLICE"
    case .pack: "PACK"
    case .split: "SPLIT_V"
    case .quantize: "QUANTIZE"
    case .callOnce: "CALL_ONCE"
    case .variableHandle: "VAR_HANDLE"
    case .readVariable: "READ_VARIABLE"
    case .assignVariable: "ASSIGN_VARIABLE"
    }
  }

  /// Its third input is a bias, which may be left out.
  var hasBias: Bool { self == .convolution || self == .depthwiseConvolution || self == .fullyConnected }

  /// Names of operators that other small models have and this engine lacks, so that a refusal can name them.
  static func foreignName(_ code: Int32) -> StaticString? {
    switch code {
    case 6: "DEQUANTIZE"
    case 16: "LSTM"
    case 19: "RELU"
    case 21: "RELU6"
    case 25: "SOFTMAX"
    case 27: "SVDF"
    case 28: "TANH"
    case 32: "CUSTOM"
    case 36: "GATHER"
    case 39: "TRANSPOSE"
    case 41: "SUB"
    case 42: "DIV"
    case 43: "SQUEEZE"
    case 44: "UNIDIRECTIONAL_SEQUENCE_LSTM"
    case 49: "SPLIT"
    case 65: "SLICE"
    case 70: "EXPAND_DIMS"
    case 88: "UNPACK"
    case 98: "LEAKY_RELU"
    case 99: "SQUARED_DIFFERENCE"
    case 117: "HARD_SWISH"
    case 126: "BATCH_MATMUL"
    case 145: "BROADCAST_TO"
    case 150: "GELU"
    default: nil
    }
  }
}
