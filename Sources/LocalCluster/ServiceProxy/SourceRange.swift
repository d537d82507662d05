import Glibc

/// A block of addresses in CIDR notation, as in a Service's `loadBalancerSourceRanges`.
struct SourceRange: Sendable, Hashable {
  let bytes: [UInt8]
  let prefixLength: Int

  /// - Returns: nil where the text is not `ADDRESS/LENGTH`.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let bytes = Self.addressBytes(String(parts[0])), let length = Int(parts[1]),
      (0...bytes.count * 8).contains(length)
    else { return nil }
    self.bytes = bytes
    self.prefixLength = length
  }

  func contains(_ address: String) -> Bool {
    guard let other = Self.addressBytes(address), other.count == bytes.count else { return false }
    let whole = prefixLength / 8
    guard bytes[..<whole] == other[..<whole] else { return false }
    let rest = prefixLength % 8
    guard rest > 0 else { return true }
    let mask = UInt8(truncatingIfNeeded: 0xFF << (8 - rest))
    return bytes[whole] & mask == other[whole] & mask
  }

  /// The 4 or 16 bytes of an IP address in text.
  static func addressBytes(_ text: String) -> [UInt8]? {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
    var sixteen = in6_addr()
    if inet_pton(AF_INET6, text, &sixteen) == 1 { return withUnsafeBytes(of: sixteen) { Array($0) } }
    return nil
  }

  /// Whether the address belongs to this machine alone: 127.0.0.0/8.
  static func isLoopback(_ address: String) -> Bool {
    guard let bytes = addressBytes(address), bytes.count == 4 else { return false }
    return bytes[0] == 127
  }

  /// Whether listening there would mean listening on every interface.
  static func isWildcard(_ address: String) -> Bool {
    addressBytes(address)?.allSatisfy { $0 == 0 } ?? false
  }
}
