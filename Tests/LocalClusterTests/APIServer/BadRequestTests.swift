import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A bad request")
struct BadRequestTests {
  private let maps = "/api/v1/namespaces/default/configmaps"

  @Test("is answered with what is wrong, and changes nothing")
  func refusals() async throws {
    try await TestServer.with { test in
      func expect(
        _ status: Int, _ text: String, _ method: String, _ path: String, _ body: String = "",
        type: String = "application/json"
      ) async throws {
        let refusal = try await test.refusal(method, path, body: body, type: type)
        #expect(refusal?.status == status, "\(method) \(path) \(body.prefix(80)): \(String(describing: refusal))")
        #expect(refusal?.message.contains(text) ?? false, "\(refusal?.message ?? "no refusal")")
      }
      let before = test.store.revision
      try await expect(400, "invalid JSON", "POST", maps, "{\"a\":")
      try await expect(400, "error parsing YAML", "POST", maps, "a: [", type: "application/yaml")
      try await expect(400, "not an object", "POST", maps, "[1]")
      try await expect(
        400, "does not match the expected kind", "POST", maps, #"{"kind":"Secret","metadata":{"name":"a"}}"#)
      try await expect(400, "metadata.name: expected a string", "POST", maps, #"{"metadata":{"name":7}}"#)
      try await expect(400, "namespace", "POST", maps, #"{"metadata":{"name":"a","namespace":"other"}}"#)
      try await expect(422, "name or generateName is required", "POST", maps, #"{"metadata":{}}"#)
      try await expect(422, "a lowercase RFC 1123 subdomain", "POST", maps, #"{"metadata":{"name":"A_b"}}"#)
      try await expect(422, "data.a", "POST", maps, #"{"metadata":{"name":"a"},"data":{"a":1}}"#)
      try await expect(422, "metadata.labels", "POST", maps, #"{"metadata":{"name":"a","labels":{"a b":"c"}}}"#)
      try await expect(
        404, #"namespaces "none" not found"#, "POST", "/api/v1/namespaces/none/configmaps",
        #"{"metadata":{"name":"a"}}"#)
      try await expect(415, "unknown format", "POST", maps, "x", type: "text/plain")
      try await expect(404, "could not find the requested resource", "GET", "/apis/no.such/v1/things")
      try await expect(405, "does not allow this method", "POST", "/api/v1/configmaps", #"{"metadata":{"name":"a"}}"#)
      try await expect(400, "path", "GET", "/api/v1/namespaces/default/../../secrets")
      try await expect(400, "field label not supported: data", "GET", "\(maps)?fieldSelector=data=x")
      try await expect(400, "unable to parse requirement", "GET", "\(maps)?labelSelector=a%20in%20(")
      try await expect(400, "continue key is not valid", "GET", "\(maps)?continue=zzz")
      try await expect(400, "dryRun: Unsupported value", "POST", "\(maps)?dryRun=Some", #"{"metadata":{"name":"a"}}"#)
      let large = #"{"metadata":{"name":"a"},"data":{"a":"\#(String(repeating: "x", count: 3 << 20))"}}"#
      try await expect(413, "Request entity too large: limit is 3145728", "POST", maps, large)
      #expect(test.store.revision == before)
    }
  }

  @Test("with a token that is forged, of another issuer, expired or for somebody else is answered 401")
  func tokens() async throws {
    try await TestServer.with { test in
      let account = try await test.client.get(ServiceAccount.self, "default", in: "default")
      let issuer = test.server.url
      func status(_ token: String) async throws -> Int {
        let client = try test.client(token: token)
        defer { Task { await client.shutdown() } }
        do {
          _ = try await client.request(path: "/api")
          return 200
        } catch let error as APIError {
          return error.status
        }
      }
      func token(
        _ keyPEM: String, issuer: String, audiences: [String] = [], lifetime: Int = 600,
        account: ServiceAccount = account
      ) async throws -> String {
        try await ServiceAccountTokens(issuer: issuer, keyPEM: keyPEM)
          .issue(account: account, pod: nil, node: nil, audiences: audiences, lifetime: lifetime).token
      }
      let own = test.pki.serviceAccountKeyPEM
      let foreign = try PKI(directory: "\(test.folder)/other-pki").serviceAccountKeyPEM
      let good = try await token(own, issuer: issuer)
      #expect(try await status(good) == 200)
      #expect(try await status(try await token(foreign, issuer: issuer)) == 401)
      #expect(try await status(try await token(own, issuer: "https://elsewhere")) == 401)
      #expect(try await status(try await token(own, issuer: issuer, lifetime: -60)) == 401)
      #expect(try await status(try await token(own, issuer: issuer, audiences: ["vault"])) == 401)
      var parts = good.split(separator: ".").map(String.init)
      parts[2] = String(parts[2].reversed())
      #expect(try await status(parts.joined(separator: ".")) == 401)
      #expect(try await status("rubbish") == 401)
      try await test.client.delete(ServiceAccount.self, "default", in: "default")
      #expect(try await status(good) == 401, "the account is gone")
      _ = try await test.client.create(ServiceAccount.named("default", in: "default"))
      #expect(try await status(good) == 401, "another account of the same name")
    }
  }

  @Test("beyond what its Role says is answered 403 in Kubernetes' words")
  func rights() async throws {
    try await TestServer.with { test in
      _ = try await test.client.create(
        Role.named("reader", in: "default") { role in
          role.rules = [
            .with {
              $0.apiGroups = [""]
              $0.resources = ["configmaps"]
              $0.resourceNames = ["mine"]
              $0.verbs = ["get", "update"]
            }
          ]
        })
      _ = try await test.client.create(
        RoleBinding.named("reader", in: "default") { binding in
          binding.roleRef = .with {
            $0.kind = "Role"
            $0.name = "reader"
          }
          binding.subjects = [
            .with {
              $0.kind = "ServiceAccount"
              $0.name = "default"
              $0.namespace = "default"
            }
          ]
        })
      for name in ["mine", "yours"] { _ = try await test.client.create(ConfigMap.named(name, in: "default")) }
      let account = try await test.client.get(ServiceAccount.self, "default", in: "default")
      let token = try await ServiceAccountTokens(issuer: test.server.url, keyPEM: test.pki.serviceAccountKeyPEM)
        .issue(account: account, pod: nil, node: nil, audiences: [], lifetime: 600).token
      let client = try test.client(token: token)
      _ = try await client.get(ConfigMap.self, "mine", in: "default")
      await #expect {
        _ = try await client.get(ConfigMap.self, "yours", in: "default")
      } throws: {
        ($0 as? APIError)?.message
          == #"configmaps "yours" is forbidden: User "system:serviceaccount:default:default" cannot get resource "#
          + #""configmaps" in API group "" in the namespace "default""#
      }
      for attempt in [
        { _ = try await client.list(ConfigMap.self, in: "default") },
        { _ = try await client.get(Secret.self, "mine", in: "default") },
        { _ = try await client.get(ConfigMap.self, "mine", in: "kube-system") },
        { try await client.delete(ConfigMap.self, "mine", in: "default") },
      ] as [@Sendable () async throws -> Void] {
        await #expect { try await attempt() } throws: { ($0 as? APIError)?.isForbidden ?? false }
      }
      // Nor does it help to claim to be somebody else.
      await #expect {
        _ = try await client.request(
          path: "/api/v1/secrets", headers: ["Impersonate-User": "root", "Impersonate-Group": "system:masters"])
      } throws: {
        ($0 as? APIError)?.message.contains("cannot impersonate resource \"users\"") ?? false
      }
      await client.shutdown()
    }
  }
}
