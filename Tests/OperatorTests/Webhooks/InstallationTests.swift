import ClusterAPI
import Foundation
import Kubernetes
import Testing
import Yams

@testable import Operator

/// `deploy/operator.yaml`: what is installed has to fit what the operator serves, watches and writes.
@Suite("The manifest that installs the operator")
struct InstallationTests {
  private static let objects: [JSON] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "deploy/operator.yaml")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.components(separatedBy: "\n---\n").compactMap { try? YAMLDecoder().decode(JSON.self, from: $0) }
  }()

  private func object(_ kind: String) throws -> JSON {
    try #require(Self.objects.first { $0["kind"]?.stringValue == kind })
  }

  private func webhooks(_ kind: String) throws -> [JSON] { try object(kind)["webhooks"]?.arrayValue ?? [] }

  @Test("registers each webhook that is served, under its name and path, for its kind")
  func webhooks() throws {
    for purpose in [WebhookEndpoint.Purpose.mutate, .validate] {
      let kind = purpose == .mutate ? "MutatingWebhookConfiguration" : "ValidatingWebhookConfiguration"
      let registered = try webhooks(kind)
      let served = WebhookEndpoint.all.filter { $0.purpose == purpose }
      #expect(Set(registered.compactMap { $0["name"]?.stringValue }) == Set(served.map(\.name)))
      for endpoint in served {
        let webhook = try #require(registered.first { $0["name"]?.stringValue == endpoint.name })
        #expect(webhook[path: ["clientConfig", "service", "path"]]?.stringValue == endpoint.path)
        #expect(webhook[path: ["clientConfig", "service", "name"]]?.stringValue == WebhookEndpoint.service)
        let rule = try #require(webhook["rules"]?.arrayValue?.first)
        #expect(rule["apiGroups"] == [.string(APIGroup.name)])
        #expect(rule["resources"] == [.string(endpoint.plural)])
        #expect(APIGroup.resources.contains { $0.kind == endpoint.kind && $0.plural == endpoint.plural })
        #expect(webhook["sideEffects"] == "None")
        let isOptional = WebhookEndpoint.schemaOnly.contains(endpoint)
        #expect(webhook["failurePolicy"]?.stringValue == (isOptional ? "Ignore" : "Fail"))
        #expect(rule["operations"] == (isOptional ? ["CREATE"] : ["CREATE", "UPDATE"]))
      }
    }
    #expect(
      try object("MutatingWebhookConfiguration")[path: ["metadata", "name"]]?.stringValue
        == WebhookEndpoint.mutatingConfiguration)
    #expect(
      try object("ValidatingWebhookConfiguration")[path: ["metadata", "name"]]?.stringValue
        == WebhookEndpoint.validatingConfiguration)
  }

  @Test("gives the operator the rights to all it writes, and to what it hands on to the instances")
  func rights() throws {
    let rules = try object("ClusterRole")["rules"]?.arrayValue ?? []
    func allows(_ verb: String, _ group: String, _ resource: String) -> Bool {
      rules.contains { rule in
        rule["apiGroups"]?.arrayValue?.contains(.string(group)) == true
          && rule["resources"]?.arrayValue?.contains(.string(resource)) == true
          && rule["verbs"]?.arrayValue?.contains(.string(verb)) == true
      }
    }
    let written: [ResourceType] = [
      Pod.resource, PersistentVolumeClaim.resource, Service.resource, Secret.resource, ServiceAccount.resource,
      Role.resource, RoleBinding.resource, PodDisruptionBudget.resource, Lease.resource, Blueprint.podMonitorResource,
    ]
    for resource in written {
      for verb in ["create", "get", "patch", "delete"] {
        #expect(allows(verb, resource.group, resource.plural), "\(verb) \(resource.plural)")
      }
    }
    for resource in [Backup.resource, ScheduledBackup.resource] {
      for verb in ["get", "list", "watch"] { #expect(allows(verb, resource.group, resource.plural)) }
      #expect(allows("patch", resource.group, "\(resource.plural)/status"))
    }
    #expect(allows("create", Backup.resource.group, Backup.resource.plural))
    // Nobody may hand out rights that they do not have (RBAC, "Privilege escalation prevention").
    for rule in try blueprint().role.rules ?? [] {
      for resource in rule.resources ?? [] {
        for verb in rule.verbs {
          #expect(allows(verb, rule.apiGroups?.first ?? "", resource), "\(verb) \(resource)")
        }
      }
    }
  }

  @Test("declares the port that webhooks and probes use")
  func ports() throws {
    let container = try #require(
      object("Deployment")[path: ["spec", "template", "spec", "containers"]]?.arrayValue?.first)
    #expect(container["ports"]?.arrayValue?.compactMap { $0["containerPort"]?.intValue } == [9443])
    #expect(container[path: ["readinessProbe", "httpGet", "path"]] == "/readyz")
    let port = try object("Service")[path: ["spec", "ports"]]?.arrayValue?.first
    #expect(port?["targetPort"] == 9443)
  }
}

@Suite("The webhooks' authority")
struct WebhookAuthorityTests {
  private let now = Date(timeIntervalSince1970: 1_790_000_000)
  private let settings = OperatorSettings()

  private func secret(_ certificate: String, _ key: String) -> Secret {
    Secret.named("cnpg-ca-secret", in: "cnpg-system") {
      $0.data = ["ca.crt": certificate, "ca.key": key].mapValues { Data($0.utf8).base64EncodedString() }
    }
  }

  @Test("is made where there is none, and where what there is cannot be read")
  func made() throws {
    #expect(try WebhookCertificates.authority(nil, settings, now: now).isNew)
    #expect(try WebhookCertificates.authority(secret("x", "y"), settings, now: now).isNew)
  }

  @Test("stays for half its time; renewed, it keeps its key, so that older leaves are still trusted")
  func renewed() throws {
    let first = try WebhookCertificates.authority(nil, settings, now: now).authority
    let stored = secret(first.certificatePEM, first.privateKeyPEM)
    let soon = try WebhookCertificates.authority(stored, settings, now: now.addingTimeInterval(40 * 86_400))
    #expect(!soon.isNew)
    #expect(soon.authority.certificatePEM == first.certificatePEM)
    let later = try WebhookCertificates.authority(stored, settings, now: now.addingTimeInterval(50 * 86_400))
    #expect(later.isNew)
    #expect(later.authority.certificatePEM != first.certificatePEM)
    #expect(later.authority.privateKeyPEM == first.privateKeyPEM)
  }
}
