import Certificates
import ClusterAPI
import FoundationEssentials
import Kubernetes
import Processes

/// The certificates in files, where postgres and libpq read them.
struct CertificateFiles: Sendable {
  let directory: String

  /// Writes what has changed in the Secrets, unless it cannot be used: postgres would not start with it. Returns whether
  /// anything did, so that postgres must reload; a session opened afterwards uses the new certificate, no restart is
  /// needed.
  ///
  /// - Returns: also what keeps a Secret from being in force while an earlier one of its kind is.
  /// - Throws: ``InstanceProblem`` naming the Secret or the key that is missing or wrong, where there is no earlier one.
  func update(
    _ cluster: Cluster, from controlPlane: some ControlPlane
  ) async throws -> (hasChanged: Bool, problem: InstanceProblem?) {
    var hasChanged = false
    var problem: InstanceProblem?
    for material in Self.materials(cluster) {
      do {
        if try await update(material, from: controlPlane) { hasChanged = true }
      } catch let found as InstanceProblem {
        guard material.files.allSatisfy({ exists($0) }) else { throw found }
        problem = problem ?? found
      }
    }
    return (hasChanged, problem)
  }

  /// The Secrets that hold them.
  static func secrets(_ cluster: Cluster) -> [String] { materials(cluster).map(\.secret) }

  /// What one Secret holds.
  private struct Material {
    var secret: String
    var purpose: String
    /// A certificate with its key, or an authority's certificate alone.
    var name: String
    var isPair: Bool

    var files: [String] { isPair ? ["\(name).crt", "\(name).key"] : ["\(name).crt"] }
  }

  private static func materials(_ cluster: Cluster) -> [Material] {
    [
      Material(
        secret: cluster.serverCertificateSecretName, purpose: "the server certificate", name: "server", isPair: true),
      Material(
        secret: cluster.replicationCertificateSecretName, purpose: "the certificate of streaming_replica",
        name: "streaming_replica", isPair: true),
      Material(
        secret: cluster.clientAuthoritySecretName, purpose: "the authority of client certificates", name: "client-ca",
        isPair: false),
      Material(
        secret: cluster.serverAuthoritySecretName, purpose: "the authority of the server certificate",
        name: "server-ca", isPair: false),
    ]
  }

  private func update(_ material: Material, from controlPlane: some ControlPlane) async throws -> Bool {
    let secret = try await controlPlane.requiredSecret(material.secret, purpose: material.purpose)
    var wanted: [(String, String)] = []
    do {
      if material.isPair {
        let pair = PEMIdentity(certificatePEM: try secret.text("tls.crt"), privateKeyPEM: try secret.text("tls.key"))
        wanted = [("\(material.name).crt", pair.certificatePEM), ("\(material.name).key", pair.privateKeyPEM)]
        // What is in force was found good when it was written.
        if wanted.allSatisfy({ (try? read($0.0)) == $0.1 }) { return false }
        try pair.check()
      } else {
        let text = try secret.text("ca.crt")
        wanted = [("\(material.name).crt", text)]
        if (try? read("\(material.name).crt")) == text { return false }
        _ = try CertificateDetails(pem: text)
      }
    } catch let error as CertificateError {
      throw InstanceProblem.invalidCertificate(secret: material.secret, reason: "\(error)")
    }
    return try await Blocking.run { [wanted] in
      var hasChanged = false
      for (name, text) in wanted {
        if (try? read(name)) == text { continue }
        // postgres refuses a key that others may read.
        try DurableFile.write(Array(text.utf8), to: "\(directory)/\(name)", mode: 0o600)
        hasChanged = true
      }
      return hasChanged
    }
  }

  private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(directory)/\(name)") }

  func read(_ name: String) throws -> String { try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8) }
}
