import Certificates
import Foundation
import Kubernetes
import Logging
import Testing
import Web

@testable import LocalCluster

/// A webhook behind the Service `hook`, which labels and refuses as the object asks.
private func withWebhook(_ body: (TestServer) async throws -> Void) async throws {
  try await TestServer.with { test in
    let authority = try CertificateAuthority(create: "hook", validity: .seconds(3600))
    let identity = try authority.issue(
      LeafRequest(commonName: "hook", dnsNames: ["hook.default.svc"], usage: .server, validity: .seconds(3600)))
    let server = HTTPServer(
      address: "127.0.0.1", port: 0, tls: try ServerTLS(identity: ReloadableIdentity(identity)),
      logger: Logger(label: "hook")
    ) { request in
      guard let bytes = try? await request.collectBody(upTo: 1 << 20), let review = try? JSON(parsing: bytes) else {
        return .text("", status: 400)
      }
      var response: JSON = ["uid": review[path: ["request", "uid"]] ?? "", "allowed": true, "warnings": ["careful"]]
      if request.path == "/mutate" {
        let patch: JSON = [["op": "add", "path": "/data/added", "value": "by the webhook"]]
        response["patchType"] = "JSONPatch"
        response["patch"] = .string(Data(patch.serialized()).base64EncodedString())
      } else if review[path: ["request", "operation"]] == "DELETE" {
        let isLocked = review[path: ["request", "oldObject", "data", "lock"]] != nil
        response["allowed"] = .bool(!isLocked)
        response["status"] = ["message": isLocked ? "locked" : ""]
      } else if review[path: ["request", "object", "data", "dry"]] != nil, review[path: ["request", "dryRun"]] == true {
        response["warnings"] = ["only a rehearsal"]
      } else if review[path: ["request", "object", "data", "bad"]] != nil {
        response["allowed"] = false
        response["status"] = ["message": "data.bad is bad"]
      }
      return .json(
        (["apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response] as JSON).serialized())
    }
    try await server.listen()
    let port = try #require(server.boundPort)
    let running = Task { try await server.run() }
    defer { running.cancel() }
    try await test.kubectl(
      "apply", "-f", "-",
      input: manifests(port: port, authority: Data(authority.certificatePEM.utf8).base64EncodedString()))
    try await body(test)
  }
}

private func manifests(port: Int, authority: String) -> String {
  func configuration(_ kind: String, _ path: String) -> String {
    """
    apiVersion: admissionregistration.k8s.io/v1
    kind: \(kind)WebhookConfiguration
    metadata: {name: hook}
    webhooks:
    - name: \(path).example.com
      admissionReviewVersions: [v1]
      sideEffects: None
      clientConfig: {service: {name: hook, namespace: default, path: /\(path)}, caBundle: \(authority)}
      rules: [{apiGroups: [""], apiVersions: [v1], resources: [configmaps], operations: [CREATE, UPDATE\(kind == "Validating" ? ", DELETE" : "")]}]
    """
  }
  return """
    apiVersion: v1
    kind: Service
    metadata: {name: hook, namespace: default}
    spec: {ports: [{port: 443, targetPort: 9443}]}
    ---
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: {name: hook-1, namespace: default, labels: {kubernetes.io/service-name: hook}}
    addressType: IPv4
    endpoints: [{addresses: [127.0.0.1], conditions: {ready: true}}]
    ports: [{name: "", port: \(port)}]
    ---
    \(configuration("Mutating", "mutate"))
    ---
    \(configuration("Validating", "validate"))
    """
}

@Suite(
  "An admission webhook", .timeLimit(.minutes(1)),
  .enabled(if: TestServer.kubectl != nil, "kubectl is not installed: run scripts/setup"))
struct WebhookCallTests {
  @Test("is reached behind its service, changes, warns and refuses; without an endpoint everything is refused")
  func calls() async throws {
    try await withWebhook { test in
      let created = try await test.kubectl("create", "configmap", "a", "--from-literal=x=y")
      #expect(created.contains("Warning: careful"))
      #expect(try await test.kubectl("get", "cm", "a", "-o", "jsonpath={.data.added}") == "by the webhook")
      let refused = try await test.kubectl("create", "configmap", "b", "--from-literal=bad=1", fails: true)
      #expect(
        refused.contains(#"admission webhook "validate.example.com" denied the request: data.bad is bad"#), "\(refused)"
      )
      try await test.kubectl("create", "configmap", "locked", "--from-literal=lock=1")
      let kept = try await test.kubectl("delete", "configmap", "locked", fails: true)
      #expect(kept.contains("denied the request: locked"), "\(kept)")
      try await test.kubectl("delete", "configmap", "a")
      let dry = try await test.kubectl(
        "create", "configmap", "dry", "--from-literal=dry=1", "--dry-run=server", "-o", "jsonpath={.data.added}")
      #expect(dry.hasPrefix("by the webhook") && dry.contains("Warning: only a rehearsal"), "\(dry)")
      #expect(try await test.kubectl("get", "configmaps", "-o", "name").contains("dry") == false)
      // One that may act on what it sees must not see a dry run.
      func set(_ patch: JSON) async throws {
        for kind in ["mutating", "validating"] {
          try await test.kubectl(
            "patch", "\(kind)webhookconfiguration", "hook", "--type=json", "-p", JSON.array([patch]).text)
        }
      }
      try await set(["op": "replace", "path": "/webhooks/0/sideEffects", "value": "Some"])
      let refusedDry = try await test.kubectl(
        "create", "configmap", "dry", "--from-literal=dry=1", "--dry-run=server", fails: true)
      #expect(refusedDry.contains("does not support dry run"), "\(refusedDry)")
      try await test.kubectl("delete", "endpointslice", "hook-1")
      let failed = try await test.kubectl("create", "configmap", "c", "--from-literal=x=y", fails: true)
      #expect(failed.contains(#"failed calling webhook "mutate.example.com""#), "\(failed)")
      #expect(failed.contains(#"no endpoints available for service "hook""#), "\(failed)")
      try await set(["op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Ignore"])
      try await test.kubectl("create", "configmap", "c", "--from-literal=x=y")
      try await test.kubectl("delete", "configmap", "locked")
    }
  }
}
