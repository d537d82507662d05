import Certificates
import ClusterAPI
import Foundation
import Kubernetes
import Logging

/// The webhooks' own authority, kept in the Secret `cnpg-ca-secret` of the operator's namespace and written into the
/// webhook configurations, so that `kubectl apply` of plain manifests is all it takes.
struct WebhookCertificates: Sendable {
  static let secretName = "cnpg-ca-secret"
  static let serviceName = WebhookEndpoint.service

  let client: KubernetesClient
  let settings: OperatorSettings
  let logger: Logger

  /// An identity for this process.
  func identity(by authority: CertificateAuthority, now: Date = .now) throws -> PEMIdentity {
    let service = "\(Self.serviceName).\(settings.namespace)"
    return try authority.issue(
      LeafRequest(
        commonName: "\(service).svc", organizations: [],
        dnsNames: [service, "\(service).svc", "\(service).svc.\(settings.clusterDomain)"], ipAddresses: [],
        usage: .server, validity: Self.validity(settings), privateKeyPEM: nil),
      now: now)
  }

  /// The common authority, which is made or renewed where needed.
  func authority(now: Date = .now) async throws -> CertificateAuthority {
    let existing = try await client.find(Secret.self, Self.secretName, in: settings.namespace)
    let (authority, isNew) = try Self.authority(existing, settings, now: now)
    guard isNew else { return authority }
    var secret = Secret.named(Self.secretName, in: settings.namespace)
    secret.type = "Opaque"
    secret.data = ["ca.crt": authority.certificatePEM, "ca.key": authority.privateKeyPEM]
      .mapValues { Data($0.utf8).base64EncodedString() }
    secret.metadata.resourceVersion = existing?.metadata.resourceVersion
    do {
      _ = existing == nil ? try await client.create(secret) : try await client.replace(secret)
    } catch let error as APIError where error.isAlreadyExists || error.isConflict {
      // Another replica of the operator was quicker: its authority is as good.
      return try await self.authority(now: now)
    }
    return authority
  }

  /// The authority of a Secret, renewed when half of its time is over, or a new one where there is none. Renewed, it keeps
  /// its key: whoever trusts the old certificate or shows a leaf of it needs not hear of the new one at once.
  static func authority(
    _ secret: Secret?, _ settings: OperatorSettings, now: Date
  ) throws -> (authority: CertificateAuthority, isNew: Bool) {
    guard let certificate = secret?.text("ca.crt"), let key = secret?.text("ca.key"),
      let details = try? CertificateDetails(pem: certificate),
      let present = try? CertificateAuthority(certificatePEM: certificate, privateKeyPEM: key)
    else {
      let made = try CertificateAuthority(
        create: "matriarch-webhooks", organizationalUnit: settings.namespace, validity: validity(settings), now: now)
      return (made, true)
    }
    let half = Double(settings.certificateDuration) * 86_400 / 2
    if details.notAfter > now.addingTimeInterval(half) { return (present, false) }
    return (try present.renewed(validity: validity(settings), now: now), true)
  }

  private static func validity(_ settings: OperatorSettings) -> Duration {
    .seconds(settings.certificateDuration * 86_400)
  }

  /// Writes the authority into the webhook configurations, where it does not stand there: people apply them anew.
  func inject(_ authority: CertificateAuthority) async throws {
    let bundle = JSON.string(Data(authority.certificatePEM.utf8).base64EncodedString())
    for (resource, name) in [
      (MutatingWebhookConfiguration.resource, WebhookEndpoint.mutatingConfiguration),
      (ValidatingWebhookConfiguration.resource, WebhookEndpoint.validatingConfiguration),
    ] {
      do {
        let live = try await client.get(resource, name)
        let webhooks = live["webhooks"]?.arrayValue ?? []
        let operations: [JSON] = webhooks.enumerated().compactMap { index, webhook in
          guard webhook[path: ["clientConfig", "caBundle"]] != bundle else { return nil }
          return ["op": "add", "path": .string("/webhooks/\(index)/clientConfig/caBundle"), "value": bundle]
        }
        guard !operations.isEmpty else { continue }
        _ = try await client.patch(resource, name, .json(.array(operations)))
      } catch let error as APIError where error.isNotFound {
        logger.debug(
          "no webhook configuration: objects are checked by the controller only", metadata: ["name": "\(name)"])
      }
    }
  }
}
