import Certificates
import Web

/// The certificate that the instance's own endpoints show, followed as the Secret changes. Of clients they know only the
/// operator, by the key whose fingerprint stands in the Cluster's status.
///
/// Until the Secret is there they show one made for the moment: the kubelet, which asks no certificate for its name, must
/// get its answers also from an instance that only waits.
struct EndpointIdentity: Sendable {
  let tls: ServerTLS

  init(instance: String) throws {
    let authority = try CertificateAuthority(create: instance, validity: .seconds(86_400))
    let identity = try authority.issue(
      LeafRequest(commonName: instance, dnsNames: [instance], usage: .server, validity: .seconds(86_400)))
    tls = try ServerTLS(
      identity: ReloadableIdentity(identity), clientCertificate: .pinned, minimumVersion: .tlsv13)
  }

  /// Takes the certificates from their files.
  func load(from files: CertificateFiles) throws {
    let identity = PEMIdentity(
      certificatePEM: try files.read("server.crt"), privateKeyPEM: try files.read("server.key"))
    if tls.identity.identity != identity { try tls.identity.replace(with: identity) }
  }
}
