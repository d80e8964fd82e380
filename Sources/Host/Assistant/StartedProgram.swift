import Foundation

extension Process {
  /// `run`, with no signal blocked in the program. A child inherits what the starting thread blocks, and threads of a pool block all: a shell
  /// would then not hear of its own child's end, nor any program of SIGTERM.
  public func runUnblocked() throws {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try run()
  }
}
