import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A service asks the proxy")
struct ServiceForwardingTests {
  private func service(_ name: String = "db", port: Int = 5432, _ fill: (inout ServiceSpec) -> Void = { _ in })
    -> Kubernetes.Service
  {
    .named(name, in: "demo") {
      $0.metadata.uid = "uid-\(name)"
      var spec = ServiceSpec()
      spec.clusterIP = "127.64.128.7"
      spec.ports = [.with { ($0.name, $0.port, $0.targetPort) = ("postgres", port, .int(5432)) }]
      fill(&spec)
      $0.spec = spec
    }
  }

  private let groups = [
    EndpointGroup(
      ports: [.with { ($0.name, $0.port) = ("postgres", 5432) }],
      endpoints: [
        .with { ($0.addresses, $0.conditions) = (["127.64.1.1"], .with { $0.ready = true }) },
        .with { ($0.addresses, $0.conditions) = (["127.64.2.1"], .with { $0.ready = false }) },
      ])
  ]

  private func forwarding(_ service: Kubernetes.Service) -> ServiceForwarding {
    ServiceForwarding(service, groups: groups, loadBalancerAddress: "127.0.0.1")
  }

  @Test("to listen on its address; only ready endpoints get connections, the others keep theirs")
  func clusterIP() {
    let forwarding = forwarding(service())
    let rules = forwarding.cluster[ListeningAddress(address: "127.64.128.7", port: 5432)]
    #expect(rules?.ready == [Backend(address: "127.64.1.1", port: 5432)])
    #expect(rules?.known.count == 2)
    #expect(forwarding.external.isEmpty)
    // Where nodes have networks of their own.
    let elsewhere = ListeningAddress(address: "10.64.128.7", port: 5432)
    #expect(self.forwarding(service { $0.clusterIP = "10.64.128.7" }).cluster.keys.first == elsewhere)
  }

  @Test("for the load balancer's address too, behind its source ranges")
  func loadBalancer() {
    let forwarding = forwarding(
      service(port: 5433) { ($0.type, $0.loadBalancerSourceRanges) = ("LoadBalancer", ["127.0.0.1/32"]) })
    let rules = forwarding.external[ListeningAddress(address: "127.0.0.1", port: 5433)]
    #expect(rules?.sourceRanges == [SourceRange("127.0.0.1/32")].compactMap { $0 })
    #expect(forwarding.cluster.values.first?.sourceRanges == nil)
  }

  @Test("for nothing where it is headless or an alias")
  func headless() {
    #expect(forwarding(service { $0.clusterIP = "None" }).cluster.isEmpty)
    #expect(forwarding(service { $0.type = "ExternalName" }).cluster.isEmpty)
  }

  @Test("for things that are not done, and is told so")
  func unsupported() {
    #expect(forwarding(service { $0.type = "NodePort" }).unsupported.count == 1)
    #expect(forwarding(service { $0.ports?[0].protocol = "UDP" }).unsupported.count == 1)
    #expect(forwarding(service { $0.externalIPs = ["192.0.2.1"] }).unsupported.count == 1)
  }

  @Test("for a port of the load balancer that another may have: who listens keeps it, then the oldest gets it")
  func contention() {
    func contender(_ name: String, created: String, listening: Bool = false) -> Kubernetes.Service {
      var service = service(name) { $0.type = "LoadBalancer" }
      service.metadata.creationTimestamp = created
      if listening {
        service.status = .with { $0.loadBalancer = .with { $0.ingress = [.with { $0.ip = "127.0.0.1" }] } }
      }
      return service
    }
    let old = contender("old", created: "2026-11-23T09:00:00Z")
    let young = contender("young", created: "2026-11-23T10:00:00Z")
    #expect(LoadBalancerClaims.holder(of: 5432, among: [young, old])?.name == "old")
    let listening = contender("young", created: "2026-11-23T10:00:00Z", listening: true)
    #expect(LoadBalancerClaims.holder(of: 5432, among: [listening, old])?.name == "young")
    #expect(LoadBalancerClaims.holder(of: 5433, among: [young, old]) == nil)
  }

  @Test("never to listen on a wildcard", arguments: ["0.0.0.0", "::", "localhost", ""])
  func wildcard(address: String) {
    #expect(throws: ServiceProxySettingsError.self) { try ServiceProxySettings(loadBalancerAddress: address) }
  }
}
