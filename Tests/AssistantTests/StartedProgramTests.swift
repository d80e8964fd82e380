import Foundation
import Testing

@testable import Assistant

@Suite struct StartedProgramTests {
  /// Threads of Swift's pool block every signal; a program that inherited that could not be stopped.
  @Test func aProgramHearsSignalsWhoeverStartsIt() throws {
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    var said = Data()
    try Program.run("grep", ["SigBlk", "/proc/self/status"], input: "", part: .voice) { piece in
      said += piece
      return true
    }
    #expect(String(decoding: said, as: UTF8.self).hasSuffix("\t0000000000000000\n"))
    // The thread itself is as it was.
    var now = sigset_t()
    pthread_sigmask(SIG_SETMASK, nil, &now)
    #expect(sigismember(&now, SIGTERM) == 1)
  }

  @Test func aProgramThatIsNotThereIsNamed() {
    #expect(throws: BackEndFailure.self) {
      try Program.run("no-such-program", [], input: "", part: .voice) { _ in true }
    }
  }
}
