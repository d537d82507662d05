/// Where a server listens.
public enum ListenAddress: Sendable, Equatable, CustomStringConvertible {
  /// An IP address; port 0 takes any free one.
  case ip(String, port: Int)
  /// A Unix domain socket; what lies at the path from an earlier run is replaced.
  case unixSocket(path: String)

  public var description: String {
    switch self {
    case .ip(let address, let port): address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    case .unixSocket(let path): "unix:\(path)"
    }
  }
}
