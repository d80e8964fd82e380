import Foundation

/// A key of a service. It is in no description, so that no log and no error can hold it.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// For the header of a request, and nothing else.
  let value: String

  init(_ value: String) { self.value = value }

  public var description: String { "(a key)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// Where a key comes from. A configuration never holds the key itself.
  public enum Source: Sendable, Equatable {
    case environment(String)
    case file(String)

    /// Reads the key. Throws what is wrong, in words that do not hold it.
    func load(_ environment: [String: String]) throws(SecretFailure) -> Secret {
      switch self {
      case .environment(let name):
        guard let value = environment[name], !value.isEmpty else {
          throw SecretFailure("the environment variable \(name) is not set: export it before sotto-host starts")
        }
        return try Secret.checked(value, "the environment variable \(name)")
      case .file(let path): return try Self.load(file: path)
      }
    }

    private static func load(file path: String) throws(SecretFailure) -> Secret {
      let descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw SecretFailure("\(path) cannot be read (\(String(cString: strerror(errno))))") }
      defer { close(descriptor) }
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw SecretFailure("\(path) is no file") }
      guard status.st_mode & 0o077 == 0 else {
        throw SecretFailure("others may read \(path), which holds a key: run chmod 600 \(path)")
      }
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = read(descriptor, &bytes, bytes.count)
      guard count >= 0 else { throw SecretFailure("\(path) cannot be read (\(String(cString: strerror(errno))))") }
      return try Secret.checked(String(decoding: bytes[..<count], as: UTF8.self), path)
    }
  }

  /// One line of visible characters: anything else would end up as another header.
  private static func checked(_ text: String, _ origin: String) throws(SecretFailure) -> Secret {
    let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !value.isEmpty else { throw SecretFailure("\(origin) is empty") }
    guard value.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) }) else {
      throw SecretFailure("\(origin) must hold one key in one line, of visible ASCII characters")
    }
    return Secret(value)
  }
}

/// Why there is no key.
struct SecretFailure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
