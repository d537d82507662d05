import Kubernetes

/// Endpoints that have the same ports: what becomes one slice, or several where there are many.
struct EndpointGroup: Sendable, Equatable {
  var ports: [EndpointPort]
  var endpoints: [Endpoint]
}

/// The pods behind a service, as endpoints.
///
/// The slices' controller writes this down and the service proxy forwards by it, so both always agree.
enum ServiceEndpoints {
  /// - Parameters:
  ///   - pods: any pods; those of other namespaces and without the service's labels are left out.
  ///   - zones: the zone of each node.
  /// - Returns: no groups for a service without a selector, whose endpoints are somebody else's business.
  static func groups(of service: Kubernetes.Service, pods: [Pod], zones: [String: String]) -> [EndpointGroup] {
    guard let spec = service.spec, let selector = spec.selector, !selector.isEmpty, spec.type != "ExternalName" else {
      return []
    }
    var groups: [String: EndpointGroup] = [:]
    for pod in pods.sorted(by: { $0.name < $1.name }) where pod.namespace == service.namespace {
      guard selector.allSatisfy({ pod.labels[$0.key] == $0.value }), !pod.hasEnded,
        let address = pod.status?.podIP, !address.isEmpty
      else { continue }
      let ports = ports(of: spec, on: pod)
      let key = ports.map { "\($0.name)/\($0.protocol)/\($0.port ?? 0)" }.joined(separator: ",")
      groups[key, default: EndpointGroup(ports: ports, endpoints: [])].endpoints.append(
        endpoint(pod, address, service, zones))
    }
    return groups.sorted { $0.key < $1.key }.map(\.value)
  }

  private static func ports(of spec: ServiceSpec, on pod: Pod) -> [EndpointPort] {
    (spec.ports ?? []).compactMap { port in
      guard let number = number(of: port, on: pod) else { return nil }
      return .with {
        $0.name = port.name ?? ""
        $0.port = number
        $0.protocol = port.protocol
        $0.appProtocol = port.appProtocol
      }
    }
  }

  /// A named target port is the container port of that name; a pod without one has no such port.
  private static func number(of port: ServicePort, on pod: Pod) -> Int? {
    switch port.targetPort {
    case nil: return port.port
    case .int(let number): return number == 0 ? port.port : number
    case .string(let name):
      let containers =
        (pod.spec?.containers ?? []) + (pod.spec?.initContainers ?? []).filter { $0.restartPolicy == "Always" }
      return containers.lazy.flatMap { $0.ports ?? [] }
        .first { $0.name == name && $0.protocol == port.protocol }?.containerPort
    }
  }

  private static func endpoint(
    _ pod: Pod, _ address: String, _ service: Kubernetes.Service, _ zones: [String: String]
  ) -> Endpoint {
    .with {
      $0.addresses = [address]
      $0.conditions = .with {
        let publishAlways = service.spec?.publishNotReadyAddresses == true
        $0.serving = publishAlways || pod.isReady
        $0.terminating = pod.isBeingDeleted
        $0.ready = publishAlways || (pod.isReady && !pod.isBeingDeleted)
      }
      if let hostname = pod.spec?.hostname, !hostname.isEmpty, pod.spec?.subdomain == service.name {
        $0.hostname = hostname
      }
      $0.nodeName = pod.spec?.nodeName
      $0.zone = pod.spec?.nodeName.flatMap { zones[$0] }
      $0.targetRef = .with {
        $0.kind = "Pod"
        $0.namespace = pod.namespace
        $0.name = pod.name
        $0.uid = pod.uid
      }
    }
  }
}
