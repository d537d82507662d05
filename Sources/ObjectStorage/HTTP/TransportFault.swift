import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

/// A request that got no answer, or only half of one.
struct TransportFault: Error {
  let text: String
  /// Whether the other side is not who it should be: trying again does not help.
  let isUntrusted: Bool

  init(_ error: any Error) {
    switch error {
    case let error as HTTPClientError: (text, isUntrusted) = (error.shortDescription, false)
    case let error as NIOConnectionError: (text, isUntrusted) = (Self.text(of: error), false)
    case let error as NIOSSLError:
      if case .handshakeFailed(let cause) = error {
        let cause = "\(cause)"
        let isAboutCertificate = cause.contains("CERTIFICATE_VERIFY_FAILED")
        (text, isUntrusted) = ("the TLS handshake failed: \(cause)", isAboutCertificate)
      } else {
        (text, isUntrusted) = ("TLS: \(error)", false)
      }
    case let error as NIOSSLExtraError: (text, isUntrusted) = ("\(error)", true)
    case let error as IOError: (text, isUntrusted) = (error.description, false)
    default: (text, isUntrusted) = ("\(error)", false)
    }
  }

  private static func text(of error: NIOConnectionError) -> String {
    if let first = error.connectionErrors.first { return "\(error.host):\(error.port): \(first.error)" }
    return "the name \(error.host) cannot be resolved"
  }
}
