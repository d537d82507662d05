import Certificates
import Synchronization
import Web

/// The certificate that the instance's own endpoints show, and whose clients they believe; followed as Secrets change.
final class EndpointIdentity: Sendable {
  private let tls = Mutex<ServerTLS?>(nil)
  let ready = Wakeup()

  /// Nil until the certificates are there.
  var current: ServerTLS? { tls.withLock { $0 } }

  /// Takes the certificates from their files.
  func load(from files: CertificateFiles) throws {
    let identity = PEMIdentity(
      certificatePEM: try files.read("server.crt"), privateKeyPEM: try files.read("server.key"))
    let authority = try files.read("client-ca.crt")
    guard let known = current else {
      let fresh = try ServerTLS(
        identity: ReloadableIdentity(identity), clientAuthorities: ReloadableAuthorities([authority]),
        clientCertificate: .optional, minimumVersion: .tlsv13)
      tls.withLock { $0 = fresh }
      loadedAuthority.withLock { $0 = authority }
      ready.signal()
      return
    }
    if known.identity.identity != identity { try known.identity.replace(with: identity) }
    if loadedAuthority.withLock({ $0 }) != authority {
      try known.clientAuthorities.replace(with: [authority])
      loadedAuthority.withLock { $0 = authority }
    }
  }

  private let loadedAuthority = Mutex("")
}
