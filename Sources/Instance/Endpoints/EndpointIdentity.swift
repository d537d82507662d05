import Certificates
import Synchronization
import Web

/// The certificate that the instance's own endpoints show, followed as the Secret changes. Of clients they know only the
/// operator, by the key whose fingerprint stands in the Cluster's status.
final class EndpointIdentity: Sendable {
  private let tls = Mutex<ServerTLS?>(nil)
  let ready = Wakeup()

  /// Nil until the certificates are there.
  var current: ServerTLS? { tls.withLock { $0 } }

  /// Takes the certificates from their files.
  func load(from files: CertificateFiles) throws {
    let identity = PEMIdentity(
      certificatePEM: try files.read("server.crt"), privateKeyPEM: try files.read("server.key"))
    guard let known = current else {
      let fresh = try ServerTLS(
        identity: ReloadableIdentity(identity), clientCertificate: .pinned, minimumVersion: .tlsv13)
      tls.withLock { $0 = fresh }
      ready.signal()
      return
    }
    if known.identity.identity != identity { try known.identity.replace(with: identity) }
  }
}
