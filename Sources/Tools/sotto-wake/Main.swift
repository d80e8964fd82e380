import Foundation
import Wake

@main
struct Main {
  static func main() throws {
    if CommandLine.arguments[1] == "n" {
      let model = [UInt8](try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[2])))
      let input = [UInt8](try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[3]))).map { Int8(bitPattern: $0) }
      let network = try WakeNetwork(model)
      let n = network.frames * 40
      var out: [UInt8] = []
      let t = Date()
      for i in 0..<input.count / n { out.append(network.run(input.span.extracting(i * n..<i * n + n))) }
      FileHandle.standardError.write(
        "\(Date().timeIntervalSince(t) / Double(out.count) * 1e6) us/run, \(network.size) bytes\n".data(using: .utf8)!)
      try Data(out).write(to: URL(fileURLWithPath: CommandLine.arguments[4]))
      return
    }
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
