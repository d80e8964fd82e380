import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Requests to one service over HTTP. Cancelling the calling task closes the connection at once, so that the service stops working.
final class HTTPExchange: Sendable {
  /// A body that is not streamed: a transcript, an error.
  private static let longestReply = 1024 * 1024

  /// A response whose status was good; its body follows as it arrives.
  struct Response: Sendable {
    var contentType: String
    var body: HTTPClientResponse.Body
  }

  private let client: HTTPClient
  private let base: String
  private let key: Secret?

  /// `base` is the address up to and with `/v1`, without a slash at its end.
  init(base: String, key: Secret?, connect: Duration) {
    self.base = base
    self.key = key
    var configuration = HTTPClient.Configuration()
    configuration.timeout.connect = .nanoseconds(Int64(connect / .nanoseconds(1)))
    // A redirect could lead to another host, or to plain text.
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    configuration.connectionPool.retryConnectionEstablishment = false
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  deinit { client.shutdown { _ in } }

  /// Posts JSON to a path such as `/chat/completions`.
  func post(_ path: String, _ body: JSON, accept: String = "application/json") async throws -> Response {
    try await post(path, body.bytes, type: "application/json", accept: accept)
  }

  func post(_ path: String, _ body: [UInt8], type: String, accept: String = "application/json") async throws -> Response {
    var request = HTTPClientRequest(url: base + path)
    request.method = .POST
    request.headers.add(name: "content-type", value: type)
    request.headers.add(name: "accept", value: accept)
    if let key { request.headers.add(name: "authorization", value: "Bearer \(key.value)") }
    request.body = .bytes(body)
    let response = try await client.execute(request, deadline: .distantFuture)
    guard response.status == .ok else { throw try await Self.refusal(response) }
    return Response(contentType: response.headers.first(name: "content-type") ?? "", body: response.body)
  }

  /// A whole reply as JSON.
  func json(_ response: Response) async throws -> JSON {
    guard let json = JSON((try await response.body.collect(upTo: Self.longestReply)).readableBytesView) else {
      throw HTTPFailure("sent a reply that is no JSON")
    }
    return json
  }

  private static func refusal(_ response: HTTPClientResponse) async throws -> HTTPFailure {
    let body = (try? await response.body.collect(upTo: 64 * 1024)).map { [UInt8]($0.readableBytesView) } ?? []
    try Task.checkCancellation()
    return HTTPFailure(words(response.status, JSON(body)))
  }

  private static func words(_ status: HTTPResponseStatus, _ body: JSON?) -> String {
    // Services put their words into `error.message`, or into `error`.
    let said = (body?["error"]?["message"]?.text ?? body?["error"]?.text).map { ": " + $0.prefix(200) } ?? ""
    switch status.code {
    case 401, 403: return "does not take the key\(said)"
    case 404: return "does not know the model or the address\(said)"
    case 429: return "takes no more questions for now\(said)"
    case 503: return "is not ready yet\(said)"
    case 300..<400: return "moved to another address (status \(status.code)): write the new one into the configuration"
    default: return "answered with status \(status.code)\(said)"
    }
  }
}
