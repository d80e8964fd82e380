/// Whether `bytes` are well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
/// By hand because the standard library's check needs Unicode tables that an Embedded binary does not carry.
func isUTF8(_ bytes: Span<UInt8>) -> Bool {
  var index = 0
  while index < bytes.count {
    let lead = bytes[index]
    index += 1
    // How many bytes follow, and the range of the first of them.
    let following: Int
    var lowest: UInt8 = 0x80
    var highest: UInt8 = 0xbf
    switch lead {
    case 0x00...0x7f: continue
    case 0xc2...0xdf: following = 1
    case 0xe0:
      following = 2
      lowest = 0xa0
    case 0xe1...0xec, 0xee, 0xef: following = 2
    case 0xed:
      following = 2
      highest = 0x9f
    case 0xf0:
      following = 3
      lowest = 0x90
    case 0xf1...0xf3: following = 3
    case 0xf4:
      following = 3
      highest = 0x8f
    default: return false
    }
    guard bytes.count - index >= following else { return false }
    for _ in 0..<following {
      guard bytes[index] >= lowest, bytes[index] <= highest else { return false }
      lowest = 0x80
      highest = 0xbf
      index += 1
    }
  }
  return true
}
