import Foundation
import Synchronization
import Units

/// The host's trace file: a Chrome JSON array, one event per line, flushed after each turn stage so that a killed host leaves what
/// it knew.
public final class HostTrace: Sendable {
  private let file: Mutex<FileHandle>

  /// Begins a new file at `path`, replacing what was there. Throws when it cannot be written.
  public init(path: String) throws {
    // Who asked what kind of thing when is nobody else's business.
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw HostFailure("cannot write the trace to \(path): \(String(cString: strerror(errno)))")
    }
    file = Mutex(FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
    var text = TextBuffer()
    text.append("[\n")
    text.append("{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":2,\"tid\":0,\"args\":{\"name\":\"host\"}},\n")
    write(text)
  }

  func write(_ spans: [TraceSpan]) {
    guard !spans.isEmpty else { return }
    var text = TextBuffer()
    for span in spans { span.append(to: &text) }
    write(text)
  }

  private func write(_ text: TextBuffer) {
    // A full disk must not end a session: the trace only gets a gap.
    file.withLock { try? $0.write(contentsOf: Data(text.bytes)) }
  }
}
