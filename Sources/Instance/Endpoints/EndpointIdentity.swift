import Certificates
import Synchronization
import Web

/// The certificate that the instance's own endpoints show, followed as the Secret changes. Of clients they know only the
/// operator, by the key whose fingerprint stands in the Cluster's status.
///
/// Until the Secret is there they show one made for the moment: the kubelet, which asks no certificate for its name, must
/// get its answers also from an instance that only waits.
final class EndpointIdentity: Sendable {
  private let loadedAuthority = Mutex("")
  let tls: ServerTLS
  /// For heartbeats: peers show the replication certificate, which the cluster's authority vouches for.
  let peerTLS: ServerTLS

  init(instance: String) throws {
    let authority = try CertificateAuthority(create: instance, validity: .seconds(86_400))
    let identity = try authority.issue(
      LeafRequest(commonName: instance, dnsNames: [instance], usage: .server, validity: .seconds(86_400)))
    let reloadable = try ReloadableIdentity(identity)
    tls = try ServerTLS(identity: reloadable, clientCertificate: .pinned, minimumVersion: .tlsv13)
    peerTLS = try ServerTLS(identity: reloadable, clientCertificate: .required, minimumVersion: .tlsv13)
  }

  /// Takes the certificates from their files.
  func load(from files: CertificateFiles) throws {
    let identity = PEMIdentity(
      certificatePEM: try files.read("server.crt"), privateKeyPEM: try files.read("server.key"))
    let authority = try files.read("client-ca.crt")
    if loadedAuthority.withLock({ $0 }) != authority {
      try peerTLS.clientAuthorities.replace(with: [authority])
      loadedAuthority.withLock { $0 = authority }
    }
    if tls.identity.identity != identity { try tls.identity.replace(with: identity) }
  }
}
