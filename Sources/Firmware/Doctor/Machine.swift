import CLinux
import CMachine

/// The machine's files. `root` is laid before every path, so that a test can show the doctor another machine.
public struct Machine: Sendable {
  public var root: String

  public init(root: String = "") { self.root = root }

  /// The names in a folder that begin with `prefix`, `video2` before `video10`; empty when there is no such folder.
  func names(in folder: String, prefix: String = "") -> [String] {
    var memory: UnsafeMutablePointer<CChar>?
    var size = 0
    let count = sotto_list_names(root + folder, prefix, &memory, &size)
    guard count >= 0, let memory else { return [] }
    defer { sotto_free(memory) }
    let bytes = UnsafeRawBufferPointer(start: memory, count: size)
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  func exists(_ path: String) -> Bool { (root + path).withCString { sotto_is_directory($0) } >= 0 }

  func isFolder(_ path: String) -> Bool { (root + path).withCString { sotto_is_directory($0) } == 1 }

  /// The first line of a small file, such as an attribute of sysfs; nil when it cannot be read.
  func line(_ path: String) -> String? {
    guard let bytes = bytes(path, limit: 4096) else { return nil }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }
    return String(decoding: line, as: UTF8.self)
  }

  /// A small file with a whole number in it.
  func number(_ path: String) -> Int64? {
    guard let text = line(path) else { return nil }
    return Int64(text)
  }

  /// At most `limit` bytes of a file, unpacked when it is packed.
  func bytes(_ path: String, limit: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = bytes.withUnsafeMutableBufferPointer { sotto_read_packed(root + path, $0.baseAddress, $0.count) }
    guard count >= 0 else { return nil }
    bytes.removeLast(limit - Int(count))
    return bytes
  }

  /// What the machine calls itself: its device tree first, else its firmware's tables.
  var name: String {
    line("/proc/device-tree/model") ?? line("/sys/class/dmi/id/product_name") ?? ""
  }

  /// Whether this program may read and write a file; nil when it is not there.
  func mayUse(_ path: String) -> Bool? {
    let result = sotto_may_use(root + path)
    return result < 0 ? nil : result == 1
  }

  func group(of path: String) -> String {
    Self.text { sotto_file_group(root + path, $0, $1) } ?? ""
  }

  func mode(of path: String) -> Int { Int(max(sotto_file_mode(root + path), 0)) }

  /// What a symbolic link says.
  func link(_ path: String) -> String? {
    Self.text { sotto_link_target(root + path, $0, $1) }
  }

  /// A text that a C function writes; nil when it fails.
  static func text(_ write: (UnsafeMutablePointer<CChar>?, Int) -> Int32) -> String? {
    var buffer = [CChar](repeating: 0, count: 512)
    let result = buffer.withUnsafeMutableBufferPointer { write($0.baseAddress, $0.count) }
    guard result >= 0 else { return nil }
    return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }
}

/// Who runs the doctor.
public struct Person: Sendable {
  public var name: String
  public var isRoot: Bool
  public var groups: [String]

  public init(name: String, isRoot: Bool, groups: [String]) {
    self.name = name
    self.isRoot = isRoot
    self.groups = groups
  }

  /// The user of this program.
  public static func current() -> Person {
    var groups: [String] = []
    for index in 0..<max(sotto_group_count(), 0) {
      if let name = Machine.text({ sotto_group_name(index, $0, $1) }) { groups.append(name) }
    }
    let name = Machine.text {
      sotto_user_name($0, $1)
      return 0
    }
    return Person(name: name ?? "", isRoot: sotto_is_root(), groups: groups)
  }

  func isIn(_ group: String) -> Bool { groups.contains { $0.utf8.elementsEqual(group.utf8) } }
}
