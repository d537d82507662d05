import Kubernetes
import Testing

@testable import LocalCluster

@Suite("The endpoints of a service")
struct ServiceEndpointsTests {
  private func service(
    selector: [String: String]? = ["app": "db"], target: IntOrString? = .int(5432), publish: Bool = false
  ) -> Kubernetes.Service {
    .named("db-rw", in: "demo") {
      $0.metadata.uid = "uid-service"
      $0.spec = .with {
        $0.selector = selector
        $0.publishNotReadyAddresses = publish
        $0.ports = [.with { ($0.name, $0.port, $0.targetPort) = ("postgres", 5432, target) }]
      }
    }
  }

  private func pod(
    _ name: String, address: String?, ready: Bool = true, deleted: Bool = false,
    labels: [String: String] = ["app": "db"]
  ) -> Pod {
    var pod = Fixture.pod(name, on: "node-1", labels: labels)
    pod.status?.podIP = address
    pod.status?.conditions = [.with { ($0.type, $0.status) = ("Ready", ready ? "True" : "False") }]
    if deleted { pod.metadata.deletionTimestamp = "2026-11-23T09:00:00Z" }
    return pod
  }

  private func conditions(_ groups: [EndpointGroup]) -> [String: [Bool?]] {
    Dictionary(
      uniqueKeysWithValues: groups.flatMap(\.endpoints).map {
        ($0.targetRef?.name ?? "", [$0.conditions?.ready, $0.conditions?.serving, $0.conditions?.terminating])
      })
  }

  @Test("are the matching pods with an address; conditions say what each is good for")
  func conditionsOfPods() {
    let pods = [
      pod("ready", address: "127.64.1.1"), pod("unready", address: "127.64.1.2", ready: false),
      pod("leaving", address: "127.64.1.3", deleted: true), pod("nowhere", address: nil),
      pod("other", address: "127.64.1.4", labels: ["app": "web"]),
    ]
    let groups = ServiceEndpoints.groups(of: service(), pods: pods, zones: ["node-1": "1"])
    #expect(groups.count == 1)
    #expect(
      conditions(groups) == [
        "ready": [true, true, false], "unready": [false, false, false], "leaving": [false, true, true],
      ])
    #expect(groups.first?.endpoints.first?.zone == "1")
  }

  @Test("are all ready where the service publishes them early")
  func publishNotReady() {
    let groups = ServiceEndpoints.groups(
      of: service(publish: true), pods: [pod("p", address: "127.64.1.1", ready: false)], zones: [:])
    #expect(conditions(groups) == ["p": [true, true, false]])
  }

  @Test("have the container port that a named target port means, pod by pod")
  func namedPorts() {
    var first = pod("a", address: "127.64.1.1")
    first.spec?.containers[0].ports = [.with { ($0.name, $0.containerPort) = ("postgresql", 5432) }]
    var second = pod("b", address: "127.64.1.2")
    second.spec?.containers[0].ports = [.with { ($0.name, $0.containerPort) = ("postgresql", 5433) }]
    let groups = ServiceEndpoints.groups(of: service(target: .string("postgresql")), pods: [first, second], zones: [:])
    #expect(groups.map { $0.ports.map(\.port) } == [[5432], [5433]])
  }

  @Test("are nobody's business here without a selector")
  func withoutSelector() {
    #expect(
      ServiceEndpoints.groups(of: service(selector: nil), pods: [pod("p", address: "127.64.1.1")], zones: [:]) == [])
  }

  @Test("become slices: created once, replaced when they change, deleted with the service")
  func slices() throws {
    let service = service()
    let groups = ServiceEndpoints.groups(of: service, pods: [pod("p", address: "127.64.1.1")], zones: [:])
    let first = EndpointSlicePlan(service: service, groups: groups, existing: [])
    let slice = try #require(first.create.first)
    #expect(slice.labels["kubernetes.io/service-name"] == "db-rw")
    #expect(slice.metadata.ownerReferences?.first?.uid == "uid-service")
    let again = EndpointSlicePlan(service: service, groups: groups, existing: [slice])
    #expect(again.create.isEmpty && again.replace.isEmpty && again.delete.isEmpty)
    let changed = ServiceEndpoints.groups(
      of: service, pods: [pod("p", address: "127.64.1.1", ready: false)], zones: [:])
    #expect(EndpointSlicePlan(service: service, groups: changed, existing: [slice]).replace.map(\.name) == [slice.name])
    #expect(EndpointSlicePlan(service: nil, groups: [], existing: [slice]).delete == [slice.name])
    var foreign = slice
    foreign.metadata.labels?[EndpointSlicePlan.managerLabel] = "somebody"
    #expect(EndpointSlicePlan(service: nil, groups: [], existing: [foreign]).delete == [])
  }

  @Test("hold at most a hundred endpoints in a slice")
  func manyEndpoints() {
    let pods = (0..<250).map { pod("p\($0)", address: "127.64.1.\($0)") }
    let plan = EndpointSlicePlan(
      service: service(), groups: ServiceEndpoints.groups(of: service(), pods: pods, zones: [:]), existing: [])
    #expect(plan.create.map { $0.endpoints?.count ?? 0 }.sorted() == [50, 100, 100])
    #expect(Set(plan.create.map(\.name)).count == 3)
  }
}
