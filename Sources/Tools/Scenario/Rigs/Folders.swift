import Foundation

/// Makes a folder, and those above it, for what a play writes. `isPrivate`: nobody else may look into it.
func makeFolder(_ path: String, isPrivate: Bool = false) throws(RigError) {
  do {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: isPrivate ? [.posixPermissions: 0o700] : nil)
  } catch {
    throw RigError("cannot make the folder \(path) (\(plainReason(error))): choose another with --out")
  }
}

/// The system's words for why a file operation failed, without what Foundation wraps around them.
public func plainReason(_ error: any Error) -> String {
  let outer = error as NSError
  let inner = (outer.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError } ?? outer
  if inner.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(inner.code))) }
  let words = outer.localizedDescription
  return String(words.removingPrefix("The operation could not be completed. ") ?? words).trimmingCharacters(in: ["."])
}
