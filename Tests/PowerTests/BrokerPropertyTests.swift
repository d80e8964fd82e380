import HAL
import Testing

@testable import Power

/// Random parts, dependencies, leases, answers and failures; what breaks a property is shown at its smallest.
@Suite struct BrokerPropertyTests {
  @Test func everyPropertyHoldsForRandomBoards() {
    for seed in UInt64(0)..<3000 {
      let example = BrokerCase(seed: seed)
      guard BrokerTrial.breach(of: example) != nil else { continue }
      let smallest = example.shrunk { BrokerTrial.breach(of: $0) != nil }
      Issue.record("seed \(seed): \(BrokerTrial.breach(of: smallest)!)\n\(smallest)")
      return
    }
  }

  @Test(arguments: BrokerFault.allCases) func aSeededFaultIsCaught(fault: BrokerFault) throws {
    let seed = try #require(
      (UInt64(0)..<500).first { BrokerTrial.breach(of: BrokerCase(seed: $0), fault: fault) != nil }, "missed: \(fault)")
    let smallest = BrokerCase(seed: seed).shrunk { BrokerTrial.breach(of: $0, fault: fault) != nil }
    print("\(fault): \(BrokerTrial.breach(of: smallest, fault: fault)!)\n\(smallest)")
    #expect(smallest.operations.count <= 10, "a small example is found")
    #expect(BrokerTrial.breach(of: smallest) == nil, "it is the fault that breaks it")
  }
}
