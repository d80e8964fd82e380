import CTLS

/// Encrypts what has to wait in memory, with a key of this process that is never written anywhere: what a swap file, a core dump or a cold memory
/// chip shows of it later is of no use. ChaCha20-Poly1305 (RFC 8439); each use has a nonce of its own.
public final class MemorySeal {
  /// Something sealed.
  public struct Sealed: Sendable {
    fileprivate let number: UInt64
    var bytes: [UInt8]

    public var count: Int { bytes.count }
  }

  private let key: SecretBytes
  private var uses: UInt64 = 0

  public init() {
    var bytes = [UInt8](repeating: 0, count: Int(CTLS_SEAL_KEY_SIZE))
    let isRandom = ctls_random(&bytes, bytes.count)
    guard isRandom else { fatalError("the system gives no random bytes") }
    key = SecretBytes(copying: bytes.span)
    ctls_wipe(&bytes, bytes.count)
  }

  /// Seals `plain` and overwrites it.
  public func seal(_ plain: consuming [UInt8]) -> Sealed {
    uses += 1
    let number = uses
    let size = plain.count
    var bytes = [UInt8](repeating: 0, count: size + Int(CTLS_SEAL_TAG_SIZE))
    let isSealed = key.withBytes { key in
      key.withUnsafeBufferPointer { ctls_seal($0.baseAddress, number, plain, size, &bytes) }
    }
    // It fails for want of memory only.
    precondition(isSealed, "what waits could not be sealed")
    ctls_wipe(&plain, size)
    return Sealed(number: number, bytes: bytes)
  }

  /// What was sealed by this one; nil when the bytes were changed since.
  public func open(_ sealed: Sealed) -> [UInt8]? {
    let count = sealed.bytes.count - Int(CTLS_SEAL_TAG_SIZE)
    var plain = [UInt8](repeating: 0, count: count)
    let isWhole = key.withBytes { key in
      key.withUnsafeBufferPointer { ctls_unseal($0.baseAddress, sealed.number, sealed.bytes, sealed.bytes.count, &plain) }
    }
    return isWhole ? plain : nil
  }
}
