import Certificates
import ClusterAPI
import Foundation
import Kubernetes
import Logging

/// The webhooks' own authority, kept in the Secret `cnpg-ca-secret` of the operator's namespace and written into the
/// webhook configurations, so that `kubectl apply` of plain manifests is all it takes.
struct WebhookCertificates: Sendable {
  static let secretName = "cnpg-ca-secret"
  static let serviceName = "cnpg-webhook-service"

  let client: KubernetesClient
  let settings: OperatorSettings
  let logger: Logger

  private var validity: Duration { .seconds(settings.certificateDuration * 86_400) }

  /// An identity for this process, signed by the common authority, which is made or renewed where needed.
  func identity(now: Date = .now) async throws -> PEMIdentity {
    let authority = try await authority(now: now)
    try await inject(authority.certificatePEM)
    let service = "\(Self.serviceName).\(settings.namespace)"
    return try authority.issue(
      LeafRequest(
        commonName: "\(service).svc", organizations: [],
        dnsNames: [service, "\(service).svc", "\(service).svc.\(settings.clusterDomain)"], ipAddresses: [],
        usage: .server, validity: validity, privateKeyPEM: nil),
      now: now)
  }

  private func authority(now: Date) async throws -> CertificateAuthority {
    let existing = try await client.find(Secret.self, Self.secretName, in: settings.namespace)
    if let existing, let certificate = existing.text("ca.crt"), let key = existing.text("ca.key"),
      let details = try? CertificateDetails(pem: certificate), details.notAfter > now.addingTimeInterval(half),
      let authority = try? CertificateAuthority(certificatePEM: certificate, privateKeyPEM: key)
    {
      return authority
    }
    let made = try CertificateAuthority(
      create: "matriarch-webhooks", organizationalUnit: settings.namespace, validity: validity, now: now)
    var secret = Secret.named(Self.secretName, in: settings.namespace)
    secret.type = "Opaque"
    secret.data = ["ca.crt": made.certificatePEM, "ca.key": made.privateKeyPEM]
      .mapValues { Data($0.utf8).base64EncodedString() }
    secret.metadata.resourceVersion = existing?.metadata.resourceVersion
    do {
      _ = existing == nil ? try await client.create(secret) : try await client.replace(secret)
    } catch let error as APIError where error.isAlreadyExists || error.isConflict {
      // Another replica of the operator was quicker: its authority is as good.
      return try await self.authority(now: now)
    }
    return made
  }

  private var half: TimeInterval { Double(settings.certificateDuration) * 86_400 / 2 }

  private func inject(_ certificatePEM: String) async throws {
    let bundle = JSON.string(Data(certificatePEM.utf8).base64EncodedString())
    for (resource, name) in [
      (MutatingWebhookConfiguration.resource, "cnpg-mutating-webhook-configuration"),
      (ValidatingWebhookConfiguration.resource, "cnpg-validating-webhook-configuration"),
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
        logger.notice(
          "no webhook configuration: objects are checked by the controller only", metadata: ["name": "\(name)"])
      }
    }
  }
}
