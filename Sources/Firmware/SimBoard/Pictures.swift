import CImage
import CLinux
import Drivers
import HAL
import Units

/// Where pictures come from: one file, or a folder whose files come in the order of their names, again and again.
struct PictureFiles {
  private let path: String?
  private var turn = 0

  /// Larger files are no pictures of a glasses camera.
  private static let limit = 32 * 1024 * 1024

  init(path: String?) { self.path = path }

  mutating func next() throws(DeviceError) -> [UInt8] {
    guard let path else { throw DeviceError(.camera, "take still", .removed) }
    switch path.withCString({ sotto_is_directory($0) }) {
    case 0: return try PictureFiles.read(path)
    case 1:
      let names = try PictureFiles.names(in: path)
      guard !names.isEmpty else { throw DeviceError(.camera, "take still", .removed) }
      defer { turn += 1 }
      return try PictureFiles.read(path + "/" + names[turn % names.count])
    case let result: throw DeviceError(.camera, "take still", .removed, errno: -result)
    }
  }

  private static func read(_ path: String) throws(DeviceError) -> [UInt8] {
    do throws(DeviceError) {
      return try PlainFile.read(path, limit: limit, for: .camera)
    } catch {
      throw error.cause == .absent ? DeviceError(.camera, "take still", .removed, errno: error.errno) : error
    }
  }

  private static func names(in folder: String) throws(DeviceError) -> [String] {
    var memory: UnsafeMutablePointer<CChar>?
    var size = 0
    let count = folder.withCString { sotto_list_files($0, &memory, &size) }
    guard count >= 0, let memory else { throw DeviceError(system: .camera, "list folder", count) }
    defer { sotto_free(memory) }
    let bytes = UnsafeRawBufferPointer(start: memory, count: size)
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// What the header of a picture says.
struct PictureHeader {
  let format: PictureFormat
  let width: Int
  let height: Int

  /// Reads it; `explain` is told in words what is wrong.
  init(_ bytes: [UInt8], explain: (String) -> Void) throws(DeviceError) {
    var picture = sotto_picture()
    var message = [CChar](repeating: 0, count: 160)
    let result = bytes.withUnsafeBufferPointer { source in
      message.withUnsafeMutableBufferPointer { text in
        sotto_picture_examine(source.baseAddress, source.count, &picture, text.baseAddress, text.count)
      }
    }
    guard result == 0, let format = PictureFormat(rawValue: UInt8(clamping: picture.kind)) else {
      explain(String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
      throw DeviceError(.camera, "read picture", .malformed)
    }
    self.format = format
    width = Int(picture.width)
    height = Int(picture.height)
  }
}
