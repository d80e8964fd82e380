import Glibc
import NIOCore
import NIOSSL

/// Plain words for what ended a connection.
enum LinkFailure {
  static func words(_ error: any Error) -> String {
    switch error {
    case let error as NIOSSLError: words(error)
    case let error as BoringSSLError: words(error)
    case let error as IOError: words(error)
    default: "the connection failed: \(error)"
    }
  }

  private static func words(_ error: IOError) -> String {
    switch error.errnoCode {
    case ECONNRESET, EPIPE: "the connection was cut"
    case ETIMEDOUT: "the glasses did not answer any more"
    default: "the connection failed: \(String(cString: strerror(error.errnoCode)))"
    }
  }

  private static func words(_ error: NIOSSLError) -> String {
    switch error {
    case .handshakeFailed(let inner): words(inner)
    case .uncleanShutdown: "the connection was cut"
    default: "TLS failed: \(error)"
    }
  }

  /// BoringSSL's reasons stand in the error's text; the ones a person can act on are put into words.
  private static func words(_ error: BoringSSLError) -> String {
    let text = "\(error)"
    let known: [(String, String)] = [
      ("HTTP_REQUEST", "the peer speaks plain HTTP, not TLS"),
      ("WRONG_VERSION_NUMBER", "the peer does not speak TLS"),
      ("UNSUPPORTED_PROTOCOL", "the peer does not speak TLS 1.3"),
      ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "the peer showed no certificate"),
      ("CERTIFICATE_VERIFY_FAILED", "the peer's certificate is not of a paired device"),
      ("eofDuringHandshake", "the peer left during the handshake"),
    ]
    return known.first { text.contains($0.0) }?.1 ?? "the TLS handshake failed: \(text)"
  }
}
