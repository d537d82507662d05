import ClusterAPI
import FoundationEssentials
import Kubernetes
import Processes

/// The certificates in files, where postgres and libpq read them.
struct CertificateFiles: Sendable {
  let directory: String

  /// Writes what has changed in the Secrets. Returns whether anything did, so that postgres must reload; a session
  /// opened afterwards uses the new certificate, no restart is needed.
  ///
  /// - Throws: ``InstanceProblem`` naming the Secret or the key that is missing.
  func update(_ cluster: Cluster, from controlPlane: some ControlPlane) async throws -> Bool {
    let server = try await controlPlane.requiredSecret(
      cluster.serverCertificateSecretName, purpose: "the server certificate")
    let replication = try await controlPlane.requiredSecret(
      cluster.replicationCertificateSecretName, purpose: "the certificate of streaming_replica")
    let clientAuthority = try await controlPlane.requiredSecret(
      cluster.clientAuthoritySecretName, purpose: "the authority of client certificates")
    let serverAuthority = try await controlPlane.requiredSecret(
      cluster.serverAuthoritySecretName, purpose: "the authority of the server certificate")
    let wanted = [
      ("server.crt", try server.text("tls.crt")), ("server.key", try server.text("tls.key")),
      ("streaming_replica.crt", try replication.text("tls.crt")),
      ("streaming_replica.key", try replication.text("tls.key")),
      ("client-ca.crt", try clientAuthority.text("ca.crt")), ("server-ca.crt", try serverAuthority.text("ca.crt")),
    ]
    return try await Blocking.run {
      var hasChanged = false
      for (name, text) in wanted {
        let path = "\(directory)/\(name)"
        if (try? String(contentsOfFile: path, encoding: .utf8)) == text { continue }
        // postgres refuses a key that others may read.
        try DurableFile.write(Array(text.utf8), to: path, mode: 0o600)
        hasChanged = true
      }
      return hasChanged
    }
  }

  func read(_ name: String) throws -> String { try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8) }
}
