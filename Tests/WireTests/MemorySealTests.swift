import Testing

@testable import Wire

@Suite struct MemorySealTests {
  @Test func whatIsSealedComesBackAndShowsNothing() {
    let seal = MemorySeal()
    let secret = [UInt8]("my locker code is 4417, my locker code is 4417".utf8)
    let sealed = seal.seal(secret)
    #expect(seal.open(sealed) == secret)
    #expect(sealed.count == secret.count + 16)
    #expect(seal.open(seal.seal([])) == [])
  }

  @Test func theSameTwiceIsSealedDifferently() {
    let seal = MemorySeal()
    let (first, second) = (seal.seal([1, 2, 3]), seal.seal([1, 2, 3]))
    #expect(first.bytes != second.bytes)
  }

  @Test func anotherProcessCannotOpenIt() {
    #expect(MemorySeal().open(MemorySeal().seal([1, 2, 3])) == nil)
  }

  @Test func aChangedByteIsNoticed() {
    let seal = MemorySeal()
    for place in 0..<19 {
      var sealed = seal.seal([1, 2, 3])
      sealed.bytes[place] ^= 1
      #expect(seal.open(sealed) == nil)
    }
  }
}
