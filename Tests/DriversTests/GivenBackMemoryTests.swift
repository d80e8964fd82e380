import CLinux
import Foundation
import Testing

/// Memory that is given back can be had again, and nothing of it is lost.
@Suite(.serialized) struct GivenBackMemoryTests {
  private struct Mapping {
    var begin: UInt
    var end: UInt
    /// Kibibytes that are mapped at present.
    var resident = 0
  }

  /// The pages of a library that nobody needs here.
  private static func code() throws -> [Mapping] {
    var found: [Mapping] = []
    var isWanted = false
    let file = try #require(fopen("/proc/self/smaps", "r"))
    defer { fclose(file) }
    var bytes = [CChar](repeating: 0, count: 4096)
    while fgets(&bytes, Int32(bytes.count), file) != nil {
      let line = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      let words = line.split(separator: " ")
      if words.count >= 5, words[0].contains("-"), !words[0].hasSuffix(":") {
        isWanted = words[1].hasPrefix("r-x") && line.contains("/libcrypto.so")
        let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        if isWanted, ends.count == 2 { found.append(Mapping(begin: ends[0], end: ends[1])) }
      } else if isWanted, words.first == "Rss:" {
        found[found.count - 1].resident = try #require(Int(words[1]))
      }
    }
    return found
  }

  private static func sum(_ mappings: [Mapping]) -> Int {
    var sum = 0
    for mapping in mappings {
      for address in stride(from: mapping.begin, to: mapping.end, by: 4096) {
        sum &+= Int(UnsafePointer<UInt64>(bitPattern: address)!.pointee & 0xFFFF)
      }
    }
    return sum
  }

  /// In a process of its own: other tests would have the pages back at once.
  @Test func pagesThatAreCopiesOfFilesGoAndComeBack() async {
    await #expect(processExitsWith: .success) {
      let before = try Self.code()
      try #require(!before.isEmpty)
      let first = Self.sum(before)
      let whole = try Self.code()
      #expect(whole.allSatisfy { $0.resident * 1024 == Int($0.end - $0.begin) })

      sotto_give_back_memory()
      let after = try Self.code()
      #expect(after.map(\.resident).reduce(0, +) < whole.map(\.resident).reduce(0, +) / 2)
      #expect(Self.sum(after) == first)
    }
  }

  @Test func whatWasWrittenStays() throws {
    let written = [UInt8]((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let zone = getenv("PATH").map { String(cString: $0) }
    sotto_give_back_memory()
    #expect(written.enumerated().allSatisfy { $1 == UInt8(truncatingIfNeeded: $0 &* 31) })
    #expect(getenv("PATH").map { String(cString: $0) } == zone)
  }
}
