import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("Who gives rights", .timeLimit(.minutes(1)))
struct EscalationTests {
  private let group = "rbac.authorization.k8s.io"

  private func rule(_ resources: [String], _ verbs: [String], group: String = "", names: [String]? = nil) -> PolicyRule
  {
    .with { ($0.apiGroups, $0.resources, $0.verbs, $0.resourceNames) = ([group], resources, verbs, names) }
  }

  private func holds(_ held: [PolicyRule], _ wanted: PolicyRule) -> Bool {
    wanted.requests.allSatisfy { request in held.contains { $0.grants(request) } }
  }

  @Test("holds a rule where each single right of it is held, by whichever rules")
  func covering() {
    let held = [rule(["pods", "pods/log"], ["get", "list"]), rule(["secrets"], ["*"], names: ["a", "b"])]
    #expect(holds(held, rule(["pods/log"], ["get"])))
    #expect(holds(held, rule(["pods"], ["get"], names: ["p"])))
    #expect(holds(held, rule(["secrets"], ["get", "delete"], names: ["b", "a"])))
    #expect(!holds(held, rule(["secrets"], ["get"])))
    #expect(!holds(held, rule(["secrets"], ["get"], names: ["a", "c"])))
    #expect(!holds(held, rule(["pods"], ["*"])))
    #expect(!holds(held, rule(["*"], ["get"])))
    #expect(!holds(held, rule(["pods"], ["get"], group: "apps")))
    #expect(holds([rule(["*/scale"], ["get"])], rule(["*/scale"], ["get"])))
    #expect(!holds([rule(["*/scale"], ["get"])], rule(["*"], ["get"])))
  }

  /// A client that is the account `default` of the namespace `default`, with these rights there.
  private func withAccount(
    _ rules: [PolicyRule], _ body: (TestServer, KubernetesClient) async throws -> Void
  ) async throws {
    try await TestServer.with { test in
      _ = try await test.client.create(Role.named("own", in: "default") { $0.rules = rules })
      _ = try await test.client.create(binding("own", to: "own"))
      let account = try await test.client.get(ServiceAccount.self, "default", in: "default")
      let token = try await ServiceAccountTokens(issuer: test.server.url, keyPEM: test.pki.serviceAccountKeyPEM)
        .issue(account: account, pod: nil, node: nil, audiences: [], lifetime: 600).token
      let client = try test.client(token: token)
      do {
        try await body(test, client)
        await client.shutdown()
      } catch {
        await client.shutdown()
        throw error
      }
    }
  }

  private func binding(_ name: String, to role: String, kind: String = "Role") -> RoleBinding {
    .named(name, in: "default") { binding in
      binding.roleRef = .with { ($0.kind, $0.name) = (kind, role) }
      binding.subjects = [.with { ($0.kind, $0.name, $0.namespace) = ("ServiceAccount", "default", "default") }]
    }
  }

  private func refused(_ body: () async throws -> Void) async -> String? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? APIError)?.isForbidden == true ? (error as? APIError)?.message : "\(error)"
    }
  }

  @Test("gives no more than they have, in roles and in bindings")
  func escalation() async throws {
    let writing = rule(["roles", "rolebindings"], ["create", "update", "patch", "get"], group: group)
    let held = [writing, rule(["configmaps"], ["get", "list"])]
    try await withAccount(held) { (test: TestServer, client: KubernetesClient) async throws in
      let less = Role.named("less", in: "default") { $0.rules = [rule(["configmaps"], ["get"])] }
      #expect(await refused { _ = try await client.create(less) } == nil)
      let more = Role.named("more", in: "default") { $0.rules = [rule(["configmaps", "secrets"], ["get"])] }
      let refusal = await refused { _ = try await client.create(more) }
      #expect(
        refusal?.contains(
          "is attempting to grant RBAC permissions not currently held:\n"
            + #"{APIGroups:[""], Resources:["configmaps" "secrets"], Verbs:["get"]}"#) ?? false, "\(refusal ?? "")")
      let patch: JSON = ["rules": [["apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]]]]
      #expect(
        await refused { _ = try await client.patch(Role.self, "less", in: "default", .merge(patch)) } != nil)
      // What does not concern the rights may be written.
      let label: JSON = ["metadata": ["labels": ["a": "b"]]]
      #expect(await refused { _ = try await client.patch(Role.self, "own", in: "default", .merge(label)) } == nil)
      #expect(await refused { _ = try await client.create(binding("fine", to: "less")) } == nil)
      let all = binding("all", to: "cluster-admin", kind: "ClusterRole")
      let refusalOfAll = await refused { _ = try await client.create(all) }
      #expect(refusalOfAll?.contains("not currently held") ?? false, "\(refusalOfAll ?? "")")
      await #expect { _ = try await client.create(binding("none", to: "none")) } throws: {
        ($0 as? APIError)?.isNotFound ?? false
      }
      #expect(try await test.client.find(RoleBinding.self, "all", in: "default") == nil)
    }
  }

  @Test("gives none by labels either, for which other roles take on a role's rules")
  func labels() async throws {
    let writing = rule(["clusterroles"], ["get", "patch"], group: group)
    try await withAccount([]) { (test: TestServer, client: KubernetesClient) async throws in
      _ = try await test.client.create(ClusterRole.named("patcher") { $0.rules = [writing] })
      _ = try await test.client.create(
        ClusterRoleBinding.named("patcher") {
          $0.roleRef = .with { ($0.kind, $0.name) = ("ClusterRole", "patcher") }
          $0.subjects = [.with { ($0.kind, $0.name, $0.namespace) = ("ServiceAccount", "default", "default") }]
        })
      let label: JSON = ["metadata": ["labels": ["rbac.authorization.k8s.io/aggregate-to-view": "true"]]]
      #expect(await refused { _ = try await client.patch(ClusterRole.self, "cluster-admin", .merge(label)) } != nil)
      #expect(await refused { _ = try await client.patch(ClusterRole.self, "patcher", .merge(label)) } == nil)
    }
  }

  @Test("is not weighed where a rule stands for more combinations than can be")
  func combinations() async throws {
    let many = (0..<2000).map { "x\($0)" }
    let writing = rule(["roles"], ["create"], group: group)
    try await withAccount([writing]) { (_: TestServer, client: KubernetesClient) async throws in
      let role = Role.named("huge", in: "default") { $0.rules = [rule(many, ["get", "list"], names: many)] }
      await #expect { _ = try await client.create(role) } throws: { ($0 as? APIError)?.status == 400 }
    }
  }

  @Test("may be trusted with more: to escalate roles, or to bind one")
  func trusted() async throws {
    let writing = rule(["roles", "rolebindings"], ["create"], group: group)
    let trust = [
      rule(["roles"], ["escalate"], group: group), rule(["clusterroles"], ["bind"], group: group, names: ["view"]),
    ]
    try await withAccount([writing] + trust) { (_: TestServer, client: KubernetesClient) async throws in
      let more = Role.named("more", in: "default") { $0.rules = [rule(["secrets"], ["get"])] }
      #expect(await refused { _ = try await client.create(more) } == nil)
      #expect(await refused { _ = try await client.create(binding("more", to: "more")) } != nil)
      let view = binding("view", to: "view", kind: "ClusterRole")
      #expect(await refused { _ = try await client.create(view) } == nil)
      let edit = binding("edit", to: "edit", kind: "ClusterRole")
      #expect(await refused { _ = try await client.create(edit) } != nil)
    }
  }

  @Test("with an aggregated role gives the rights of all roles that are labelled for it")
  func aggregation() async throws {
    try await withAccount([]) { (test: TestServer, client: KubernetesClient) async throws in
      _ = try await test.client.create(binding("view", to: "view", kind: "ClusterRole"))
      let path = "/apis/example.com/v1/namespaces/default/gadgets"
      func status() async throws -> Int {
        do {
          _ = try await client.request(path: path)
          return 200
        } catch let error as APIError {
          return error.status
        }
      }
      #expect(try await status() == 403)
      _ = try await test.client.create(
        ClusterRole.named("gadget-viewer") {
          $0.metadata.labels = ["rbac.authorization.k8s.io/aggregate-to-view": "true"]
          $0.rules = [rule(["gadgets"], ["list"], group: "example.com")]
        })
      // Allowed to ask for what does not exist.
      #expect(try await status() == 404)
    }
  }
}
