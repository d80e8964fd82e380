import Foundation
import Synchronization
import Units

/// The host's trace file: a Chrome JSON array, one event per line, flushed after each turn stage so that a killed host leaves what
/// it knew.
public final class HostTrace: Sendable {
  private let file: Mutex<FileHandle>

  /// Begins a new file at `path`, replacing what was there. Throws when it cannot be written.
  public init(path: String) throws {
    guard FileManager.default.createFile(atPath: path, contents: Data("[\n".utf8)) else {
      throw HostFailure("cannot write the trace to \(path): check that the folder exists and is yours")
    }
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.seekToEnd()
    file = Mutex(handle)
    var text = TextBuffer()
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
