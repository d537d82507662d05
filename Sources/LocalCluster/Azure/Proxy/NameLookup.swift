import Glibc
import Processes

/// Names as this machine knows them, `/etc/hosts` and all.
enum NameLookup {
  /// The addresses of a name, in the system's order of preference.
  static func addresses(of host: String) async throws -> [String] {
    try await Blocking.run {
      var hints = addrinfo()
      hints.ai_family = AF_UNSPEC
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      var list: UnsafeMutablePointer<addrinfo>?
      guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
      defer { freeaddrinfo(list) }
      var found: [String] = []
      var entry = list
      while let current = entry {
        if let name = text(current.pointee), !found.contains(name) { found.append(name) }
        entry = current.pointee.ai_next
      }
      return found
    }
  }

  private static func text(_ entry: addrinfo) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    guard
      getnameinfo(
        entry.ai_addr, entry.ai_addrlen, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST) == 0
    else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
