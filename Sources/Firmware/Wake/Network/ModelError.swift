import Units

/// Why a model file cannot be used. Models are untrusted: every one of these can be met by a file that somebody dropped into a folder.
public struct ModelError: Error, Sendable, Hashable {
  public enum Reason: UInt8, Sendable, Hashable {
    /// It is not a TensorFlow Lite model: the mark `TFL3` is missing.
    case notAModel = 1
    /// A place in the file points outside of it, or what is there makes no sense.
    case damaged
    /// A newer or older version of the format than 3.
    case version
    /// It has an operator that this engine does not know.
    case `operator`
    /// It uses an operator in a way that this engine cannot do (a stride, a padding, a type, a shape).
    case usage
    /// Its input is not 40 features a frame as signed bytes, or its output not one byte.
    case interface
    /// It needs more memory than a wake word may have.
    case tooLarge
    /// It computes with a value before anything has put one there.
    case order
    /// A run computes more than there is time for.
    case tooSlow
  }

  public var reason: Reason
  /// The operator's number in the format, where one is to blame; −1 otherwise.
  public var operatorCode: Int32
  /// Which operator of the graph, counted from 0; −1 where none is to blame.
  public var step: Int32

  public init(_ reason: Reason, operator code: Int32 = -1, step: Int32 = -1) {
    self.reason = reason
    self.operatorCode = code
    self.step = step
  }

  /// What a person is told.
  public func describe(in text: inout TextBuffer) {
    switch reason {
    case .notAModel: text.append("this is not a TensorFlow Lite model")
    case .damaged: text.append("the model file is damaged or cut short")
    case .version: text.append("the model is of another version of the format than 3")
    case .operator: text.append("the model needs an operator that is not supported")
    case .usage: text.append("the model uses an operator in a way that is not supported")
    case .interface: text.append("the model does not listen to frames of 40 features, or does not answer with one byte")
    case .tooLarge: text.append("the model needs more memory than a wake word may have")
    case .order: text.append("the model uses a value before it is made")
    case .tooSlow: text.append("the model computes more than there is time for")
    }
    if operatorCode >= 0 {
      text.append(" (")
      if let name = OperatorCode(rawValue: operatorCode)?.name ?? OperatorCode.foreignName(operatorCode) {
        text.append(name)
      } else {
        text.append("operator ")
        text.append(operatorCode)
      }
      if step >= 0 {
        text.append(", step ")
        text.append(step)
      }
      text.append(")")
    }
  }
}
