import Glibc

/// Finds out before anything is started whether an address can be listened on.
public enum AddressCheck {
  /// - Throws: ``MachineError/addressInUse(address:port:purpose:)`` or
  ///   ``MachineError/addressUnusable(address:reason:)``.
  public static func isFree(_ address: String, port: Int, purpose: String) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw MachineError.addressUnusable(address: address, reason: reason(errno)) }
    defer { close(descriptor) }
    var on: Int32 = 1
    // As the servers do: connections of a process that has just ended must not count.
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = in_port_t(UInt16(port).bigEndian)
    guard inet_pton(AF_INET, address, &name.sin_addr) == 1 else {
      throw MachineError.addressUnusable(address: address, reason: "it is no IPv4 address")
    }
    let bound = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0 else {
      if errno == EADDRINUSE { throw MachineError.addressInUse(address: address, port: port, purpose: purpose) }
      throw MachineError.addressUnusable(address: address, reason: reason(errno))
    }
    // Two sockets may be bound alike with SO_REUSEADDR; only one can listen.
    guard listen(descriptor, 1) == 0 else {
      throw MachineError.addressInUse(address: address, port: port, purpose: purpose)
    }
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
