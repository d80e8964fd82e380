import Foundation

/// Keeps one state directory for one serving host: an advisory lock on a file in it. The kernel gives it back when the process ends,
/// however it ends, so nothing stale has to be told from something alive.
final class StateLock: Sendable {
  private let descriptor: Int32

  /// Throws `HostFailure` when another host holds it.
  init(_ store: HostStore) throws {
    let path = store.directory + "/serving"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw HostFailure("cannot open \(path): \(String(cString: strerror(errno)))") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw HostFailure("another sotto-host serve uses \(store.directory): stop it, or choose another directory with --state")
    }
  }

  /// At most once. The file stays: removing it could let two hosts lock two files of one name.
  func release() { close(descriptor) }
}
