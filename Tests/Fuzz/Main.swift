import Foundation
import FuzzTargets

/// Which target this process feeds: `SOTTO_FUZZ_TARGET`, which `tools/fuzz` sets.
private let target: FuzzTarget = {
  let name = ProcessInfo.processInfo.environment["SOTTO_FUZZ_TARGET"] ?? ""
  guard let target = FuzzTarget(rawValue: name) else {
    let known = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
    FileHandle.standardError.write(Data("SOTTO_FUZZ_TARGET must be one of \(known)\n".utf8))
    exit(2)
  }
  return target
}()

/// libFuzzer calls it with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  target.feed([UInt8](UnsafeBufferPointer(start: data, count: size)))
  return 0
}
