/// Reads FlatBuffers from untrusted bytes. Every access is checked against the end of the file; none is aligned by assumption.
///
/// Tables and vectors are named by their place in the file, 0 for one that is absent. Source: the FlatBuffers binary format, "FlatBuffer internals".
struct FlatBufferReader {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  struct Table { var place: Int }

  struct Vector {
    var place: Int
    var count: Int
    static let none = Vector(place: 0, count: 0)
  }

  // MARK: Scalars

  func uint8(at place: Int) throws(ModelError) -> UInt8 {
    guard place >= 0, place < bytes.count else { throw ModelError(.damaged) }
    return bytes[place]
  }

  func uint16(at place: Int) throws(ModelError) -> UInt16 {
    guard place >= 0, place <= bytes.count - 2 else { throw ModelError(.damaged) }
    return UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
  }

  func uint32(at place: Int) throws(ModelError) -> UInt32 {
    guard place >= 0, place <= bytes.count - 4 else { throw ModelError(.damaged) }
    return UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2]) << 16 | UInt32(bytes[place + 3]) << 24
  }

  func int32(at place: Int) throws(ModelError) -> Int32 { Int32(bitPattern: try uint32(at: place)) }

  func int64(at place: Int) throws(ModelError) -> Int64 {
    let low = try uint32(at: place)
    let high = try uint32(at: place + 4)
    return Int64(bitPattern: UInt64(low) | UInt64(high) << 32)
  }

  // MARK: Tables

  /// The table that an offset at `place` points to.
  func table(at place: Int) throws(ModelError) -> Table {
    Table(place: try target(of: place))
  }

  private func target(of place: Int) throws(ModelError) -> Int {
    let offset = Int(try uint32(at: place))
    guard offset > 0, offset <= bytes.count - place else { throw ModelError(.damaged) }
    return place + offset
  }

  /// The place of a table's field; nil when the file leaves it out.
  private func field(_ number: Int, of table: Table) throws(ModelError) -> Int? {
    let vtable = table.place - Int(try int32(at: table.place))
    let size = Int(try uint16(at: vtable))
    let entry = 4 + 2 * number
    guard entry + 2 <= size else { return nil }
    let offset = Int(try uint16(at: vtable + entry))
    return offset == 0 ? nil : table.place + offset
  }

  func int32(_ number: Int, of table: Table, or absent: Int32 = 0) throws(ModelError) -> Int32 {
    guard let place = try field(number, of: table) else { return absent }
    return try int32(at: place)
  }

  func uint8(_ number: Int, of table: Table, or absent: UInt8 = 0) throws(ModelError) -> UInt8 {
    guard let place = try field(number, of: table) else { return absent }
    return try uint8(at: place)
  }

  func table(_ number: Int, of table: Table) throws(ModelError) -> Table? {
    guard let place = try field(number, of: table) else { return nil }
    return try self.table(at: place)
  }

  // MARK: Vectors

  /// A field that is a vector of elements of `size` bytes; empty when it is left out.
  func vector(_ number: Int, of table: Table, elementSize size: Int) throws(ModelError) -> Vector {
    guard let place = try field(number, of: table) else { return .none }
    let begin = try target(of: place)
    let count = Int(try uint32(at: begin))
    guard count <= (bytes.count - begin - 4) / size else { throw ModelError(.damaged) }
    return Vector(place: begin + 4, count: count)
  }

  func int32(_ index: Int, in vector: Vector) throws(ModelError) -> Int32 {
    guard index >= 0, index < vector.count else { throw ModelError(.damaged) }
    return try int32(at: vector.place + 4 * index)
  }

  func table(_ index: Int, in vector: Vector) throws(ModelError) -> Table {
    guard index >= 0, index < vector.count else { throw ModelError(.damaged) }
    return try table(at: vector.place + 4 * index)
  }
}
