import Certificates
import ClusterAPI
import Foundation
import Kubernetes

/// Keeps a Cluster's certificates: makes what is missing, renews what is about to end, leaves the user's own alone.
///
/// Pure: it takes the Secrets there are and returns those that should be written.
struct CertificatePlan {
  let blueprint: Blueprint
  /// By name.
  let secrets: [String: Secret]
  let now: Date

  private(set) var writes: [Secret] = []
  private(set) var status = CertificatesStatus()
  /// What a person has to mend before there can be all certificates.
  private(set) var problems: [ClusterWarning] = []
  /// What a person should look after in time.
  private(set) var warnings: [ClusterWarning] = []

  private var validity: Duration { .seconds(blueprint.settings.certificateDuration * 86_400) }

  init(_ blueprint: Blueprint, secrets: [String: Secret], now: Date) {
    self.blueprint = blueprint
    self.secrets = secrets
    self.now = now
    let serverAuthority = authority(
      blueprint.cluster.serverAuthoritySecretName, isOurs: blueprint.spec.certificates?.serverCASecret == nil,
      needsKey: blueprint.spec.certificates?.serverTLSSecret == nil)
    let clientAuthority =
      blueprint.cluster.clientAuthoritySecretName == blueprint.cluster.serverAuthoritySecretName
        && serverAuthority != nil
      ? serverAuthority
      : authority(
        blueprint.cluster.clientAuthoritySecretName, isOurs: blueprint.spec.certificates?.clientCASecret == nil,
        needsKey: blueprint.spec.certificates?.replicationTLSSecret == nil)
    if let serverAuthority, blueprint.spec.certificates?.serverTLSSecret == nil {
      leaf(
        blueprint.cluster.serverCertificateSecretName, authority: serverAuthority,
        commonName: blueprint.serviceName(.rw),
        names: blueprint.serverNames, usage: .server)
    }
    if let clientAuthority, blueprint.spec.certificates?.replicationTLSSecret == nil {
      leaf(
        blueprint.cluster.replicationCertificateSecretName, authority: clientAuthority, commonName: "streaming_replica",
        names: [],
        usage: .client)
    }
    for name in [blueprint.spec.certificates?.serverTLSSecret, blueprint.spec.certificates?.replicationTLSSecret] {
      if let name { checkUsersLeaf(name) }
    }
    describe()
  }

  /// An authority with its key, to sign with; nil where there is none to sign with. Ours is made when it is missing, and
  /// renewed under the same key, so that neither side of a connection has to learn of it first.
  private mutating func authority(_ name: String, isOurs: Bool, needsKey: Bool) -> CertificateAuthority? {
    let made: CertificateAuthority?
    if let secret = secrets[name] {
      guard let certificate = secret.text("ca.crt") else {
        complain("Secret \(name) has no entry ca.crt: add the authority's certificate in PEM")
        return nil
      }
      guard let key = secret.text("ca.key") else {
        if needsKey {
          complain(
            "Secret \(name) has no entry ca.key: add the authority's key, or name a Secret with the certificate it signed"
          )
        } else if let details = try? CertificateDetails(pem: certificate) {
          lookAfter(name, details)
        }
        return nil
      }
      do {
        let authority = try CertificateAuthority(certificatePEM: certificate, privateKeyPEM: key)
        let details = try CertificateDetails(pem: certificate)
        if !isOurs { lookAfter(name, details) }
        if !isOurs || !isExpiring(details) { return authority }
        made = try authority.renewed(validity: validity, now: now)
      } catch {
        complain("Secret \(name): \(error)")
        return nil
      }
    } else if !isOurs {
      missing(name)
      return nil
    } else {
      made = try? CertificateAuthority(
        create: blueprint.name, organizationalUnit: blueprint.namespace, validity: validity, now: now)
    }
    guard let made else { return nil }
    writes.append(
      blueprint.certificateSecret(
        name, type: "Opaque", data: ["ca.crt": made.certificatePEM, "ca.key": made.privateKeyPEM]))
    return made
  }

  private mutating func leaf(
    _ name: String, authority: CertificateAuthority, commonName: String, names: [String], usage: LeafRequest.Usage
  ) {
    let existing = secrets[name]
    if existing?.text("tls.key") != nil, let pem = existing?.text("tls.crt"),
      let details = try? CertificateDetails(pem: pem), !isExpiring(details),
      Set(details.dnsNames) == Set(names), details.isSigned(by: authority.certificatePEM)
    {
      return
    }
    let request = LeafRequest(
      commonName: commonName, organizations: [], dnsNames: names, ipAddresses: [], usage: usage, validity: validity,
      privateKeyPEM: existing?.text("tls.key"))
    do {
      let identity = try authority.issue(request, now: now)
      writes.append(
        blueprint.certificateSecret(
          name, type: "kubernetes.io/tls",
          data: ["tls.crt": identity.certificatePEM, "tls.key": identity.privateKeyPEM]))
    } catch {
      complain("Secret \(name): \(error)")
    }
  }

  /// A certificate that the user brings is used as it is; whether it can be is said beforehand.
  private mutating func checkUsersLeaf(_ name: String) {
    guard let secret = secrets[name] else {
      missing(name)
      return
    }
    for entry in ["tls.crt", "tls.key"] where secret.text(entry) == nil {
      complain("Secret \(name) has no entry \(entry): it has to be a Secret of type kubernetes.io/tls")
    }
    guard let pem = secret.text("tls.crt") else { return }
    do {
      lookAfter(name, try CertificateDetails(pem: pem))
    } catch {
      complain("Secret \(name), entry tls.crt: \(error)")
    }
  }

  private mutating func complain(_ message: String) {
    problems.append(ClusterWarning(reason: EventReason.invalidCASecret, message: message))
  }

  private mutating func missing(_ name: String) {
    problems.append(
      .secretNotFound(name, "Secret \(name), named in spec.certificates, does not exist: create it"))
  }

  /// The user's own certificates are the user's to renew.
  private mutating func lookAfter(_ name: String, _ details: CertificateDetails) {
    guard isExpiring(details) else { return }
    warnings.append(
      ClusterWarning(
        reason: EventReason.secretIsExpiring,
        message: "Checking expiring date of secret \(name): its certificate ends at "
          + "\(Timestamp.seconds(details.notAfter)). Put a new one into the Secret"))
  }

  private func isExpiring(_ details: CertificateDetails) -> Bool {
    details.notAfter < now.addingTimeInterval(Double(blueprint.settings.expiringCheckThreshold) * 86_400)
  }

  private var certificates: [(secret: String, details: CertificateDetails)] {
    let names: Set = [
      blueprint.cluster.serverAuthoritySecretName, blueprint.cluster.serverCertificateSecretName,
      blueprint.cluster.clientAuthoritySecretName,
      blueprint.cluster.replicationCertificateSecretName,
    ]
    return names.sorted().compactMap { name in
      let secret = writes.first { $0.name == name } ?? secrets[name]
      guard let pem = secret?.text("tls.crt") ?? secret?.text("ca.crt"), let details = try? CertificateDetails(pem: pem)
      else { return nil }
      return (name, details)
    }
  }

  private mutating func describe() {
    status.serverCASecret = blueprint.cluster.serverAuthoritySecretName
    status.serverTLSSecret = blueprint.cluster.serverCertificateSecretName
    status.clientCASecret = blueprint.cluster.clientAuthoritySecretName
    status.replicationTLSSecret = blueprint.cluster.replicationCertificateSecretName
    status.serverAltDNSNames = blueprint.serverNames
    status.expirations = Dictionary(
      uniqueKeysWithValues: certificates.map { ($0.secret, Self.goTime($0.details.notAfter)) })
  }

  /// A time as Go prints it, which tools parse: `2026-01-02 15:04:05 +0000 UTC`.
  static func goTime(_ date: Date) -> String {
    Timestamp.seconds(date).replacingOccurrences(of: "T", with: " ").replacingOccurrences(of: "Z", with: " +0000 UTC")
  }
}

extension ClusterWarning {
  static func secretNotFound(_ name: String, _ message: String) -> Self {
    ClusterWarning(reason: EventReason.secretNotFound, message: "Getting secret \(name): \(message)")
  }
}

extension Blueprint {
  /// The Secrets with certificates that are the operator's to make.
  var ownCertificateSecrets: [String] {
    let given = spec.certificates
    var names: [String] = []
    if given?.serverCASecret == nil { names.append(cluster.serverAuthoritySecretName) }
    if given?.clientCASecret == nil { names.append(cluster.clientAuthoritySecretName) }
    if given?.serverTLSSecret == nil { names.append(cluster.serverCertificateSecretName) }
    if given?.replicationTLSSecret == nil { names.append(cluster.replicationCertificateSecretName) }
    return Set(names).sorted()
  }
}

extension Secret {
  /// An entry as text; nil where it is absent or no UTF-8.
  func text(_ key: String) -> String? {
    data?[key].flatMap { Data(base64Encoded: $0) }.flatMap { String(data: $0, encoding: .utf8) }
  }
}
