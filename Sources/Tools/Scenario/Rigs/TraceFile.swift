import CTLS
import Foundation
import Glibc

/// The trace of a play in its file.
final class TraceFile {
  let path: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  /// Gathered before it is written; 0 writes each line at once, so that a person can watch the file grow.
  private let bufferSize: Int

  init(_ path: String, bufferSize: Int = 0) throws(RigError) {
    self.path = path
    self.bufferSize = bufferSize
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw RigError("cannot write \(path) (\(String(cString: strerror(errno)))): choose another folder with --out")
    }
  }

  deinit { close() }

  func write(_ line: some Sequence<UInt8>) {
    buffer += line
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count >= bufferSize { flush() }
  }

  func close() {
    flush()
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  /// SHA-256 of the file, in hexadecimal.
  var digest: String {
    flush()
    return sha256(Array(FileManager.default.contents(atPath: path) ?? Data()))
  }

  private func flush() {
    var rest = buffer[...]
    while !rest.isEmpty, descriptor >= 0 {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      // A full disk ends the file, not the play.
      guard count > 0 || errno == EINTR else { break }
      rest = rest.dropFirst(max(0, count))
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

/// SHA-256 in hexadecimal.
func sha256(_ bytes: [UInt8]) -> String {
  var digest = [UInt8](repeating: 0, count: Int(CTLS_DIGEST_SIZE))
  guard ctls_sha256(bytes, bytes.count, &digest) else { preconditionFailure("SHA-256 needs nothing that could fail") }
  return digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}
