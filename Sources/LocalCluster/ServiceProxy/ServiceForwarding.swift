import Kubernetes

/// A place to listen.
struct ListeningAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
  var address: String
  var port: Int

  var description: String { "\(address):\(port)" }

  static func < (left: Self, right: Self) -> Bool { (left.address, left.port) < (right.address, right.port) }
}

/// What a service asks the proxy for.
struct ServiceForwarding: Sendable, Equatable {
  /// On the service's own address, for pods.
  private(set) var cluster: [ListeningAddress: ForwardingRules] = [:]
  /// On the load balancer's address, for everybody whom the source ranges let in.
  private(set) var external: [ListeningAddress: ForwardingRules] = [:]
  /// What is asked for and not done, in a sentence each.
  private(set) var unsupported: [String] = []

  /// - Parameter groups: the service's endpoints, of its selector or of its slices.
  init(_ service: Kubernetes.Service, groups: [EndpointGroup], loadBalancerAddress: String) {
    guard let spec = service.spec, spec.type != "ExternalName", !service.isBeingDeleted else { return }
    if spec.type == "NodePort" {
      unsupported.append("spec.type NodePort is not supported here: use LoadBalancer, or connect to the ClusterIP")
    }
    if let addresses = spec.externalIPs, !addresses.isEmpty {
      unsupported.append("spec.externalIPs is not supported here: use type LoadBalancer")
    }
    var affinity: Duration?
    if spec.sessionAffinity == "ClientIP" {
      affinity = .seconds(spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800)
    }
    for port in spec.ports ?? [] {
      guard port.protocol == "TCP" else {
        unsupported.append("port \(port.port) has protocol \(port.protocol): only TCP is forwarded")
        continue
      }
      var rules = Self.rules(port, groups)
      rules.affinity = affinity
      // Of our own range, for the API server lets no other be written; or `None`.
      if let address = spec.clusterIP, SourceRange.addressBytes(address) != nil {
        cluster[ListeningAddress(address: address, port: port.port)] = rules
      }
      if service.wantsLoadBalancer {
        rules.sourceRanges = Self.sourceRanges(spec)
        external[ListeningAddress(address: loadBalancerAddress, port: port.port)] = rules
      }
    }
  }

  private static func rules(_ port: ServicePort, _ groups: [EndpointGroup]) -> ForwardingRules {
    var rules = ForwardingRules()
    var ready: Set<Backend> = []
    for group in groups {
      guard let target = group.ports.first(where: { $0.name == port.name ?? "" && $0.protocol == "TCP" })?.port else {
        continue
      }
      for endpoint in group.endpoints {
        for address in endpoint.addresses {
          let backend = Backend(address: address, port: target)
          rules.known.insert(backend)
          if endpoint.conditions?.ready ?? true { ready.insert(backend) }
        }
      }
    }
    rules.ready = ready.sorted()
    return rules
  }

  /// Nil lets everybody in. A range that cannot be read lets nobody in.
  private static func sourceRanges(_ spec: ServiceSpec) -> [SourceRange]? {
    guard let texts = spec.loadBalancerSourceRanges, !texts.isEmpty else { return nil }
    return texts.compactMap { SourceRange(String($0.filter { !$0.isWhitespace })) }
  }
}

/// Who gets a port of the load balancer's address when several services want it.
enum LoadBalancerClaims {
  /// The service that has it already, else the oldest.
  static func holder(of port: Int, among services: [Kubernetes.Service]) -> Kubernetes.Service? {
    services.filter { service in
      service.wantsLoadBalancer && (service.spec?.ports ?? []).contains { $0.port == port && $0.protocol == "TCP" }
    }.min { rank($0) < rank($1) }
  }

  private static func rank(_ service: Kubernetes.Service) -> (Int, String, String, String) {
    let hasIt = !(service.status?.loadBalancer?.ingress ?? []).isEmpty
    return (hasIt ? 0 : 1, service.metadata.creationTimestamp ?? "", service.namespace, service.name)
  }
}

extension Kubernetes.Service {
  /// A class of its own means that somebody else serves it.
  var wantsLoadBalancer: Bool {
    spec?.type == "LoadBalancer" && (spec?.loadBalancerClass ?? "").isEmpty && !isBeingDeleted
  }
}
