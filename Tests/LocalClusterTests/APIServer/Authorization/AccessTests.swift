import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A rule of a role")
struct AccessTests {
  private func access(
    _ verb: String, _ resource: String, sub: String = "", group: String = "", name: String = ""
  ) -> AccessRequest {
    AccessRequest(
      verb: verb,
      subject: .resource(group: group, resource: resource, subresource: sub, namespace: "ns", name: name))
  }

  private func rule(_ groups: [String], _ resources: [String], _ verbs: [String], names: [String]? = nil) -> PolicyRule
  {
    .with {
      $0.apiGroups = groups
      $0.resources = resources
      $0.verbs = verbs
      $0.resourceNames = names
    }
  }

  @Test("grants its verbs on its resources and nothing else")
  func resources() {
    let pods = rule([""], ["pods", "pods/log"], ["get", "list"])
    #expect(pods.grants(access("get", "pods")))
    #expect(pods.grants(access("get", "pods", sub: "log")))
    #expect(!pods.grants(access("get", "pods", sub: "exec")))
    #expect(!pods.grants(access("delete", "pods")))
    #expect(!pods.grants(access("get", "pods", group: "other")))
    #expect(!rule(["apps"], ["pods"], ["get"]).grants(access("get", "pods")))
    #expect(rule(["*"], ["*"], ["*"]).grants(access("create", "anything", sub: "at-all", group: "any")))
    #expect(rule([""], ["*/scale"], ["get"]).grants(access("get", "pods", sub: "scale")))
    #expect(!rule([""], ["*/scale"], ["get"]).grants(access("get", "pods")))
  }

  @Test("with names grants only those, and so neither lists nor creations")
  func names() {
    let one = rule([""], ["secrets"], ["get", "list", "create"], names: ["a"])
    #expect(one.grants(access("get", "secrets", name: "a")))
    #expect(!one.grants(access("get", "secrets", name: "b")))
    #expect(!one.grants(access("list", "secrets")))
    #expect(!one.grants(access("create", "secrets")))
  }

  @Test("grants paths, with a star at their end, and no resources by them")
  func paths() {
    let rule = PolicyRule.with {
      $0.nonResourceURLs = ["/healthz", "/openapi/*"]
      $0.verbs = ["get"]
    }
    #expect(rule.grants(AccessRequest(verb: "get", subject: .path("/healthz"))))
    #expect(rule.grants(AccessRequest(verb: "get", subject: .path("/openapi/v3"))))
    #expect(!rule.grants(AccessRequest(verb: "get", subject: .path("/healthzz"))))
    #expect(!rule.grants(AccessRequest(verb: "post", subject: .path("/healthz"))))
    #expect(!rule.grants(access("get", "healthz")))
  }
}
