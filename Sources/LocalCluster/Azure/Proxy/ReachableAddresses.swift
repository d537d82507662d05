import NIOCore

/// Where the proxy may connect somebody to: the world outside, and nothing of this machine. What a container can reach
/// through it, it must be able to reach without it; otherwise a cut network would not be one.
struct ReachableAddresses: Sendable {
  /// The network of control plane, pods and services.
  let ownNetwork: SourceRange?
  /// The addresses of this machine's interfaces.
  let ofThisMachine: Set<[UInt8]>

  init(ownNetwork: String, ofThisMachine: [String]) {
    self.ownNetwork = SourceRange(ownNetwork)
    self.ofThisMachine = Set(ofThisMachine.compactMap(SourceRange.addressBytes))
  }

  /// As the interfaces are now; they change while the control plane runs.
  static func current(ownNetwork: String) -> ReachableAddresses {
    let devices = (try? System.enumerateDevices()) ?? []
    return ReachableAddresses(ownNetwork: ownNetwork, ofThisMachine: devices.compactMap { $0.address?.ipAddress })
  }

  func contains(_ address: String) -> Bool {
    guard var bytes = SourceRange.addressBytes(address) else { return false }
    if bytes.count == 16 {
      // `::ffff:127.0.0.1` and the older `::127.0.0.1` are IPv4 addresses, `::1` and `::` among them.
      if bytes[..<10].allSatisfy({ $0 == 0 }), [[0, 0], [0xFF, 0xFF]].contains(Array(bytes[10..<12])) {
        bytes = Array(bytes[12...])
        guard bytes != [0, 0, 0, 1] else { return false }
      } else {
        // Link-local and multicast (RFC 4291).
        guard !(bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80), bytes[0] != 0xFF else { return false }
        return !ofThisMachine.contains(bytes)
      }
    }
    // "This network", loopback, link-local (metadata services live there), multicast and reserved (RFC 6890).
    guard bytes[0] != 0, bytes[0] != 127, !(bytes[0] == 169 && bytes[1] == 254), bytes[0] < 224 else { return false }
    let text = bytes.map(String.init).joined(separator: ".")
    return !ofThisMachine.contains(bytes) && ownNetwork?.contains(text) != true
  }
}
