import ClusterAPI
import Kubernetes

extension Blueprint {
  private static let postgresPort = ServicePort.with {
    $0.name = "postgres"
    $0.port = 5432
    $0.protocol = "TCP"
    $0.targetPort = .int(5432)
  }

  func serviceName(_ type: ServiceSelectorType) -> String { "\(name)-\(type.rawValue)" }

  private func selector(_ type: ServiceSelectorType) -> [String: String] {
    var selector = [Labels.cluster: name]
    switch type {
    case .rw: selector[Labels.instanceRole] = InstanceRole.primary.rawValue
    case .ro: selector[Labels.instanceRole] = InstanceRole.replica.rawValue
    case .r: selector[Labels.podRole] = PodRole.instance.rawValue
    }
    return selector
  }

  /// The services there should be: the default ones, and those of `spec.managed.services`.
  var services: [Service] {
    let disabled = Set(spec.managed?.services?.disabledDefaultServices ?? [])
    var services = ServiceSelectorType.allCases
      .filter { $0 == .rw || !disabled.contains($0) }
      .map { type in
        var service = object(Service.self, serviceName(type), labels: recommendedLabels)
        service.spec = .with {
          $0.type = "ClusterIP"
          $0.selector = selector(type)
          $0.ports = [Self.postgresPort]
        }
        return service
      }
    if settings.createsAnyService {
      var service = object(Service.self, cluster.names.anyService, labels: recommendedLabels)
      service.spec = .with {
        $0.type = "ClusterIP"
        $0.selector = selector(.r)
        $0.publishNotReadyAddresses = true
        $0.ports = [Self.postgresPort]
      }
      services.append(service)
    }
    return services + (spec.managed?.services?.additional ?? []).compactMap(managedService)
  }

  /// A service of `spec.managed.services.additional`: the user's template with the selector, which is ours.
  private func managedService(_ declared: ManagedService) -> Service? {
    guard let serviceName = declared.serviceTemplate.metadata?.name else { return nil }
    let template = declared.serviceTemplate
    var service = object(
      Service.self, serviceName,
      labels: recommendedLabels.merging([Labels.isManaged: "true"]) { _, new in new }
        .merging(template.metadata?.labels ?? [:]) { fixed, _ in fixed },
      annotations: [Annotations.updateStrategy: declared.updateStrategy.rawValue]
        .merging(template.metadata?.annotations ?? [:]) { fixed, _ in fixed })
    var spec = template.spec ?? ServiceSpec()
    spec.selector = selector(declared.selectorType)
    let ports = spec.ports ?? []
    if !ports.contains(where: { $0.name == Self.postgresPort.name || $0.port == Self.postgresPort.port }) {
      spec.ports = ports + [Self.postgresPort]
    }
    service.spec = spec
    // By which a service of the strategy `replace` is known to be out of date.
    service.metadata.annotations?[Annotations.lastAppliedSpec] = try? JSON(encoding: spec).text
    return service
  }

  /// The names under which clients reach the cluster: what its server certificate has to say.
  var serverNames: [String] {
    let names = services.map(\.name)
    return names.flatMap {
      [$0, "\($0).\(namespace)", "\($0).\(namespace).svc", "\($0).\(namespace).svc.\(settings.clusterDomain)"]
    } + (spec.certificates?.serverAltDNSNames ?? [])
  }
}
