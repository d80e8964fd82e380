import Wyoming

/// A service that speaks the OpenAI interface: llama.cpp, Ollama, vLLM, or a hosted one.
public struct OpenAISettings: Sendable, Equatable {
  /// The address up to and with `/v1`, without a slash at its end.
  public var url: String
  public var model: String
  public var key: Secret.Source?
  /// The model sees pictures.
  public var images = false
  /// The model calls tools: timers, memory and looking are offered to it. Otherwise the local skills answer such questions first.
  public var tools = false
  /// The voice's name, for speech.
  public var voice = "alloy"
  /// The most tokens of an answer: some 30 seconds of speech.
  public var maximumTokens = 160
  /// Replaces the prompt that asks for short spoken answers.
  public var prompt: String?
  /// Added to the body of each request as they are.
  var parameters: [String: JSON] = [:]
  public var deadlines = BackEndDeadlines()

  public init(url: String, model: String) {
    self.url = url
    self.model = model
  }
}
