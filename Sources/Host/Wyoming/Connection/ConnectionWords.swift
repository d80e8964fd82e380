import Foundation
import NIOCore
import NIOPosix

/// Why a connection could not be made, in plain words without a full stop.
public enum ConnectionWords {
  public static func of(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
      if let first = error.connectionErrors.first { return of(first.error) }
      return "there is no host of this name"
    case let error as IOError: return words(error.errnoCode)
    case let error as ChannelError:
      if case .connectTimeout = error { return "no connection in time" }
      return "the connection failed"
    case is SocketAddressError: return "there is no host of this name"
    default: return "the connection failed"
    }
  }

  private static func words(_ number: CInt) -> String {
    switch number {
    case ECONNREFUSED: "nothing listens there"
    case EHOSTUNREACH, ENETUNREACH: "it cannot be reached from here"
    case ETIMEDOUT: "no connection in time"
    case ECONNRESET, EPIPE: "it closed the connection"
    default: String(cString: strerror(number)).lowercased()
    }
  }
}
