import Foundation

/// Memory of a process that no other shares and that is not a file's, in bytes, as the kernel counts it; 0 when it does not run here.
func privateBytes(of process: Int32) -> Int {
  guard let text = try? String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8) else { return 0 }
  for line in text.split(separator: "\n") where line.hasPrefix("Private_Dirty:") {
    return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }
  return 0
}

extension ProcessRig {
  /// Of both programs together.
  var memoryOfPrograms: Int {
    [host?.identifier, (glasses as? ChildProcess)?.identifier].compactMap { $0 }.reduce(0) { $0 + privateBytes(of: $1) }
  }
}
