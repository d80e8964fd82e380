extension BackEndPlan {
  /// The set-up of `tools/setup --local-ai`: everything on this machine, with a small language model behind llama.cpp's server.
  ///
  /// One thread makes the tokens and two read the prompt: more threads wait for each other by spinning, which the recogniser and the voice
  /// then lack on two cores. `GOMP_SPINCOUNT=0` stops the spinning of those that are left.
  public static func local(cacheDirectory: String, port: Int) throws(PlanFailure) -> BackEndPlan {
    try parse(localText(port: port), file: "the local set-up", cacheDirectory: cacheDirectory)
  }

  static func localText(port: Int) -> String {
    """
    [language]
    use = ["llama", "embedded"]

    [back_end.llama]
    kind = "openai"
    url = "http://127.0.0.1:\(port)/v1"
    model = "smollm2"
    max_tokens = 80
    first_output = "4s"
    parameters = { temperature = 0.3, repeat_penalty = 1.1 }
    command = [
      "$SOTTO_CACHE/llama/llama-server", "--model", "$SOTTO_CACHE/models/smollm2/model.gguf",
      "--host", "127.0.0.1", "--port", "\(port)", "--ctx-size", "2048", "--parallel", "1", "--threads", "1", "--threads-batch", "2",
      "--no-ui",
    ]
    environment = { GOMP_SPINCOUNT = "0" }
    """
  }
}
