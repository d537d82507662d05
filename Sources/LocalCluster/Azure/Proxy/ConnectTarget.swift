/// Where a CONNECT request wants to go: `host:port` (RFC 9112, section 3.2.3).
struct ConnectTarget: Sendable, Equatable {
  /// A name in small letters, or an address without brackets.
  var host: String
  var port: Int

  /// - Returns: nil for anything else.
  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
      return nil
    }
    var host = text[..<colon]
    if host.hasPrefix("[") {
      guard host.hasSuffix("]"), host.count > 2 else { return nil }
      host = host.dropFirst().dropLast()
      guard SourceRange.addressBytes(String(host))?.count == 16 else { return nil }
    } else {
      // Letters, digits, hyphens and points are what a name or an IPv4 address has.
      guard !host.isEmpty, host.utf8.count <= 253, host.utf8.allSatisfy(Self.isNameByte) else { return nil }
    }
    // A name may be written with the root's point at its end; it is the same one.
    if host.hasSuffix(".") { host = host.dropLast() }
    guard !host.isEmpty else { return nil }
    self.host = host.lowercased()
    self.port = Int(port)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
