import CTLS

/// Bytes in memory of their own that is overwritten before it is given back.
final class SecretBytes: @unchecked Sendable {
  // Safe to share: written in `init` and `deinit` only.
  private let memory: UnsafeMutableBufferPointer<UInt8>

  init(copying bytes: Span<UInt8>) {
    memory = .allocate(capacity: bytes.count)
    for index in bytes.indices { memory.initializeElement(at: index, to: bytes[index]) }
  }

  deinit {
    ctls_wipe(memory.baseAddress, memory.count)
    memory.deallocate()
  }

  func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    body(memory.span)
  }
}
