import Testing

@testable import LocalCluster

@Suite("The target of a request")
struct RequestTargetTests {
  private func read(_ path: String) -> ResourceTarget? {
    ResourceTarget(segments: path.split(separator: "/").map(String.init))
  }

  @Test(
    "is read off the path",
    arguments: [
      ("api/v1/pods", "", "v1", nil, "pods", nil, nil),
      ("api/v1/namespaces", "", "v1", nil, "namespaces", nil, nil),
      ("api/v1/namespaces/a", "", "v1", "a", "namespaces", "a", nil),
      ("api/v1/namespaces/a/finalize", "", "v1", "a", "namespaces", "a", "finalize"),
      ("api/v1/namespaces/a/pods", "", "v1", "a", "pods", nil, nil),
      ("api/v1/namespaces/a/pods/x/log", "", "v1", "a", "pods", "x", "log"),
      ("apis/apps/v1/namespaces/a/deployments/d/status", "apps", "v1", "a", "deployments", "d", "status"),
      ("apis/example.com/v2/widgets/w", "example.com", "v2", nil, "widgets", "w", nil),
    ] as [(String, String, String, String?, String, String?, String?)])
  func resources(
    path: String, group: String, version: String, namespace: String?, resource: String, name: String?,
    subresource: String?
  ) throws {
    let found = try #require(read(path))
    #expect(found.group == group)
    #expect(found.version == version)
    #expect(found.namespace == namespace)
    #expect(found.resource == resource)
    #expect(found.name == name)
    #expect(found.subresource == subresource)
  }

  @Test(
    "is no resource on the paths of discovery", arguments: ["api", "api/v1", "apis", "apis/apps/v1", "healthz", ""])
  func others(path: String) {
    #expect(read(path) == nil)
  }

  @Test("keeps what follows a proxy")
  func rest() throws {
    #expect(try #require(read("api/v1/namespaces/a/pods/x/proxy/pg/status")).rest == ["pg", "status"])
  }
}

@Suite("Versions of an API")
struct VersionPriorityTests {
  @Test("are ordered as Kubernetes orders them")
  func order() {
    let ordered = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"]
    #expect(ordered.shuffled().sorted { VersionPriority($0) > VersionPriority($1) } == ordered)
  }
}
