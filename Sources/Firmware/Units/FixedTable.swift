/// Memory of a fixed size for tables and working values, allocated once and freed with its owner. Aligned for vectors of 32 bytes.
///
/// Arrays would do as well but for the checks of uniqueness and bounds at every access: the arithmetic of sound runs a hundred times a second, that of the
/// wake word all day. Indices are checked in debug builds only; whoever uses one states why they are in range.
@frozen public struct FixedTable<Element: BitwiseCopyable>: ~Copyable {
  public let base: UnsafeMutablePointer<Element>
  public let count: Int

  @inlinable
  public init(repeating value: Element, count: Int) {
    precondition(count >= 0)
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: 32)
    base = bytes.bindMemory(to: Element.self, capacity: max(count, 1))
    base.initialize(repeating: value, count: max(count, 1))
    self.count = count
  }

  @inlinable
  deinit { UnsafeMutableRawPointer(base).deallocate() }

  @inlinable @inline(__always)
  public subscript(index: Int) -> Element {
    get {
      assert(index >= 0 && index < count)
      return base[index]
    }
    nonmutating set {
      assert(index >= 0 && index < count)
      base[index] = newValue
    }
  }

  /// Neighbours as one vector.
  @inlinable @inline(__always)
  public func vector<Vector: SIMD>(at index: Int, as: Vector.Type = Vector.self) -> Vector
  where Vector.Scalar == Element, Vector: BitwiseCopyable {
    assert(index >= 0 && index + Vector.scalarCount <= count)
    return UnsafeRawPointer(base + index).loadUnaligned(as: Vector.self)
  }

  @inlinable @inline(__always)
  public func store<Vector: SIMD>(_ vector: Vector, at index: Int) where Vector.Scalar == Element, Vector: BitwiseCopyable {
    assert(index >= 0 && index + Vector.scalarCount <= count)
    UnsafeMutableRawPointer(base + index).storeBytes(of: vector, as: Vector.self)
  }

  /// Copies `count` values to the places from `index` on; they may overlap. As bytes: Embedded Swift copies typed memory element by element.
  @inlinable @inline(__always)
  public func copy(_ source: UnsafePointer<Element>, count: Int, to index: Int) {
    assert(index >= 0 && count >= 0 && index + count <= self.count)
    UnsafeMutableRawPointer(base + index).copyMemory(from: source, byteCount: count &* MemoryLayout<Element>.stride)
  }

  @inlinable
  public func fill(_ value: Element) { base.update(repeating: value, count: count) }
}

extension FixedTable where Element: Numeric {
  @inlinable
  public init(zeros count: Int) { self.init(repeating: 0, count: count) }
}
