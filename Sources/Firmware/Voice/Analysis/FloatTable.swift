/// Numbers in memory of a fixed size, allocated once and freed with their owner: what the signal processing works on.
///
/// Arrays would do as well but for the checks of uniqueness and bounds at every access. Indices are checked in debug builds only.
struct FloatTable: ~Copyable {
  let base: UnsafeMutablePointer<Float>
  let count: Int

  init(_ count: Int) {
    precondition(count > 0)
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Float>.stride, alignment: 32)
    base = bytes.bindMemory(to: Float.self, capacity: count)
    base.initialize(repeating: 0, count: count)
    self.count = count
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }

  @inline(__always)
  subscript(index: Int) -> Float {
    get {
      assert(index >= 0 && index < count)
      return base[index]
    }
    nonmutating set {
      assert(index >= 0 && index < count)
      base[index] = newValue
    }
  }

  func fill(_ value: Float) { base.update(repeating: value, count: count) }
}
