/// Why a server does not run.
public enum ServerError: Error, Sendable, CustomStringConvertible {
  case cannotListen(ListenAddress, reason: String)
  /// The identity or the authorities cannot be used for TLS.
  case invalidTLS(reason: String)
  /// `run` was called a second time.
  case alreadyRunning

  public var description: String {
    switch self {
    case .cannotListen(let address, let reason):
      "cannot listen on \(address): \(reason). Free the address or choose another."
    case .invalidTLS(let reason): "TLS cannot be set up: \(reason)."
    case .alreadyRunning: "the server runs already; make a new one to serve again."
    }
  }
}
