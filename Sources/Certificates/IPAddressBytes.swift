#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// IP addresses as an X.509 `iPAddress` holds them: 4 or 16 bytes in network order.
enum IPAddressBytes {
  /// The bytes of an IPv4 or IPv6 text; nil where it is neither.
  static func parse(_ text: String) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes[..<4]) }
    if inet_pton(AF_INET6, text, &bytes) == 1 { return bytes }
    return nil
  }

  /// The text of 4 or 16 bytes; nil for any other count.
  static func text(_ bytes: some Collection<UInt8>) -> String? {
    let family: Int32
    switch bytes.count {
    case 4: family = AF_INET
    case 16: family = AF_INET6
    default: return nil
    }
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(family, Array(bytes), &buffer, socklen_t(buffer.count)) != nil else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
