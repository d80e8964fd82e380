import Foundation
import Wake

@main
struct Main {
  static func main() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[2]))
    let samples = data.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
    let extractor = FeatureExtractor()
    var out: [UInt16] = []
    let t = Date()
    extractor.process(samples.span) { f in for i in 0..<f.count { out.append(f[i]) } }
    FileHandle.standardError.write("\(Date().timeIntervalSince(t) / Double(out.count / 40) * 1e6) us/frame\n".data(using: .utf8)!)
    try out.withUnsafeBytes { Data($0) }.write(to: URL(fileURLWithPath: CommandLine.arguments[3]))
  }
}
