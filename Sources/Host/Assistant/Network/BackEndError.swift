import AsyncHTTPClient
import Foundation
import NIOCore
import Wyoming

/// Puts what went wrong with a back end into words, with its name. The names are the configuration's, so that a person knows what to mend.
struct BackEndVoice: Sendable {
  var name: String
  var part: BackEndFailure.Part

  func failure(_ words: String) -> BackEndFailure { BackEndFailure(part, "\(name) \(words)") }

  /// The failure of an unforeseen error. Cancellation is none and stays what it is.
  func failure(of error: any Error) -> any Error {
    switch error {
    case is CancellationError: error
    case let error as BackEndFailure: error
    case let error as Watchdog.Expired: failure("was silent for \(error.after.words)")
    case let error as WyomingFailure: failure(Self.words(error))
    case let error as HTTPFailure: failure(error.description)
    case let error as HTTPClientError: Self.words(error).map { failure($0) } ?? CancellationError()
    default: failure("cannot be reached: \(ConnectionWords.of(error))")
    }
  }

  private static func words(_ failure: WyomingFailure) -> String {
    switch failure {
    case .connection(let words): "cannot be reached: \(words)"
    case .malformed(let words), .tooLong(let words): "sent \(words)"
    case .refused(let words): "refused: \(words.prefix(200))"
    }
  }

  /// Nil for a request that was cancelled.
  private static func words(_ error: HTTPClientError) -> String? {
    switch error {
    case .cancelled: nil
    case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout: "cannot be reached: no connection in time"
    case .remoteConnectionClosed: "closed the connection"
    case .deadlineExceeded, .readTimeout: "took too long"
    default: "cannot be used: \(error.shortDescription)"
    }
  }
}

/// A response that is of no use, in words.
struct HTTPFailure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
