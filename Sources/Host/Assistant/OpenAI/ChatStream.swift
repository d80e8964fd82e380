import Foundation

/// Reads the events of a streamed chat completion.
struct ChatStream {
  /// A tool that the model wants called, with arguments as JSON text.
  struct Call: Sendable, Equatable {
    var identifier: String
    var name: String
    var arguments: String
  }

  /// What an event brought.
  enum News: Sendable, Equatable {
    case text(String)
    /// The first event of an answer often brings no text: it shows that the model has begun.
    case nothing
    case end
    case failed(String)
  }

  /// A model calls a few tools at once at most; arguments are a sentence long.
  private static let mostCalls = 8
  private static let longestArguments = 16 * 1024

  /// The calls so far; whole when the stream has ended.
  private(set) var calls: [Call] = []

  private struct Event: Decodable {
    struct Choice: Decodable {
      struct Delta: Decodable {
        struct Tool: Decodable {
          struct Function: Decodable {
            var name: String?
            var arguments: String?
          }
          var index: Int?
          var id: String?
          var function: Function?
        }
        var content: String?
        var tools: [Tool]?

        enum CodingKeys: String, CodingKey {
          case content
          case tools = "tool_calls"
        }
      }
      var delta: Delta?
    }
    struct Failure: Decodable { var message: String? }
    var choices: [Choice]?
    var error: Failure?
  }

  mutating func take(_ data: [UInt8]) -> News {
    if data == Array("[DONE]".utf8) { return .end }
    guard let event = try? JSONDecoder().decode(Event.self, from: Data(data)) else {
      return .failed("sent an event that cannot be read")
    }
    if let error = event.error { return .failed("failed: \((error.message ?? "it does not say why").prefix(200))") }
    guard let delta = event.choices?.first?.delta else { return .nothing }
    for tool in delta.tools ?? [] {
      guard take(tool) else { return .failed("calls more tools than are taken") }
    }
    guard let text = delta.content, !text.isEmpty else { return .nothing }
    return .text(text)
  }

  /// Names come once, arguments in pieces.
  private mutating func take(_ tool: Event.Choice.Delta.Tool) -> Bool {
    let index = tool.index ?? (tool.id == nil ? max(0, calls.count - 1) : calls.count)
    guard (0..<Self.mostCalls).contains(index), index <= calls.count else { return false }
    if index == calls.count { calls.append(Call(identifier: "", name: "", arguments: "")) }
    if let id = tool.id, !id.isEmpty { calls[index].identifier = id }
    if let name = tool.function?.name, !name.isEmpty { calls[index].name = name }
    calls[index].arguments += tool.function?.arguments ?? ""
    return calls[index].arguments.utf8.count <= Self.longestArguments && calls[index].name.utf8.count <= 64
  }
}
