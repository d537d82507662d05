import Foundation
import Glibc
import Kubernetes
import Logging
import Processes
import ServiceLifecycle

/// Forwards connections to services to the pods behind them, and is the load balancer.
///
/// Services with a selector follow the pods themselves, not their slices: an endpoint comes and goes in the moment in
/// which its labels and readiness do. Services without one follow whatever slices somebody wrote for them.
public struct ServiceProxy: ServiceLifecycle.Service {
  /// How often a port is tried again that another program has: nothing tells when it is free.
  private static let retry = Duration.seconds(5)
  private let settings: ServiceProxySettings
  private let client: KubernetesClient
  private let caches: ClusterCaches
  private let events: EventRecorder
  private let registry: ListenerRegistry
  private let queue = WorkQueue<ObjectKey>()
  private let logger: Logger

  /// - Parameter caches: shared with the controllers and the scheduler; somebody else runs them.
  public init(settings: ServiceProxySettings, client: KubernetesClient, caches: ClusterCaches, logger: Logger) {
    self.settings = settings
    self.client = client
    self.caches = caches
    self.logger = logger
    events = EventRecorder(client, component: "service-controller", instance: "matriarch", logger: logger)
    registry = ListenerRegistry(logger: logger)
  }

  /// Forwards until shutdown or cancellation, and then closes everything.
  public func run() async {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await events.run() }
        group.addTask { await controller.run() }
      }
    }
    await registry.closeAll()
  }

  private var controller: Controller<ObjectKey> {
    Controller(
      "service-proxy", workers: 4, caches: [caches.services, caches.pods, caches.endpointSlices],
      sources: [
        Controller.keys(of: caches.services),
        Controller.keys(of: caches.pods) { [caches] change in
          EndpointSliceController.services(concernedBy: change, caches.services.all())
        },
        Controller.keys(of: caches.endpointSlices) { [caches] change in
          guard let name = change.object.labels[EndpointSlicePlan.serviceLabel],
            let service = caches.services.get(name, in: change.object.namespace),
            (service.spec?.selector ?? [:]).isEmpty
          else { return [] }
          return [ObjectKey(service)]
        },
      ],
      queue: queue, logger: logger
    ) { key in try await reconcile(key) }
  }

  private func reconcile(_ key: ObjectKey) async throws -> Duration? {
    guard let service = caches.services.get(key) else {
      _ = registry.news([], about: key)
      if await registry.apply([:], for: key).hasFreed { await wakeContenders() }
      return nil
    }
    let forwarding = ServiceForwarding(
      service, groups: groups(of: service), loadBalancerAddress: settings.loadBalancerAddress)
    var external = forwarding.external
    var problems: [String] = []
    for address in external.keys.sorted() {
      guard let holder = LoadBalancerClaims.holder(of: address.port, among: caches.services.all()),
        holder.uid != service.uid
      else { continue }
      external[address] = nil
      problems.append(
        "cannot listen on \(address): the service \(ObjectKey(holder)) has it; give one of the two another port")
    }
    let (failures, hasFreed) = await registry.apply(forwarding.cluster.merging(external) { $1 }, for: key)
    if hasFreed { await wakeContenders() }
    var clusterProblems: [String] = []
    for (address, code) in failures.sorted(by: { $0.key < $1.key }) {
      if forwarding.external[address] != nil {
        problems.append(await problem(address, code))
      } else if code != EACCES {
        // Ports below 1024 are not for ordinary users; whoever needs such a service reaches it at its endpoints.
        clusterProblems.append(await problem(address, code))
      }
    }
    report(
      ["SyncLoadBalancerFailed": problems, "CannotListen": clusterProblems, "Unsupported": forwarding.unsupported],
      about: service)
    try await setStatus(service, isListening: !forwarding.external.isEmpty && problems.isEmpty)
    let isWorthAnotherTry = failures.contains { forwarding.external[$0.key] != nil || $0.value != EACCES }
    return isWorthAnotherTry ? Self.retry : nil
  }

  private func groups(of service: Kubernetes.Service) -> [EndpointGroup] {
    if let selector = service.spec?.selector, !selector.isEmpty {
      return ServiceEndpoints.groups(of: service, pods: caches.pods.all(in: service.namespace), zones: [:])
    }
    return caches.endpointSlices.all(
      in: service.namespace, matching: Selector(labels: [EndpointSlicePlan.serviceLabel: service.name])
    ).map { EndpointGroup(ports: $0.ports ?? [], endpoints: $0.endpoints ?? []) }
  }

  /// A port is free again that others may have wanted.
  private func wakeContenders() async {
    for service in caches.services.all() where service.wantsLoadBalancer {
      if (service.status?.loadBalancer?.ingress ?? []).isEmpty { await queue.add(ObjectKey(service)) }
    }
  }

  // MARK: Telling

  private func problem(_ address: ListeningAddress, _ code: CInt) async -> String {
    switch code {
    case EADDRINUSE:
      let who =
        (try? await Blocking.run { PortOccupant.describe(address: address.address, port: address.port) })
        ?? "another program"
      return "cannot listen on \(address): \(who) listens there; stop or move it, or give the service another port"
    case EACCES:
      return "cannot listen on \(address): ports below 1024 need privileges; give the service a higher port"
    case EADDRNOTAVAIL:
      return "cannot listen on \(address): this machine does not have the address; start with another one"
    default:
      return "cannot listen on \(address): \(String(cString: strerror(code)))"
    }
  }

  /// - Parameter problems: sentences by the reason of their event.
  private func report(_ problems: [String: [String]], about service: Kubernetes.Service) {
    let news = registry.news(problems.values.flatMap { $0 }, about: ObjectKey(service))
    for (reason, sentences) in problems {
      for sentence in sentences where news.contains(sentence) {
        events.record(.warning, reason: reason, message: sentence, about: service)
      }
    }
  }

  /// The address where the load balancer listens, once it listens on all ports; until then the service is pending.
  private func setStatus(_ service: Kubernetes.Service, isListening: Bool) async throws {
    let known = service.status?.loadBalancer?.ingress ?? []
    var wanted: [LoadBalancerIngress] = []
    if isListening {
      wanted = [
        .with {
          $0.ip = settings.loadBalancerAddress
          $0.ipMode = "VIP"
          $0.ports = (service.spec?.ports ?? []).map { port in
            .with { ($0.port, $0.protocol) = (port.port, port.protocol) }
          }
        }
      ]
    } else if service.spec?.type == "LoadBalancer", !service.wantsLoadBalancer {
      // Somebody else's, or on its way out.
      return
    }
    guard wanted != known else { return }
    let patch: JSON = [
      "metadata": ["uid": .string(service.uid)],
      "status": ["loadBalancer": ["ingress": wanted.isEmpty ? .null : try JSON(encoding: wanted)]],
    ]
    do {
      caches.services.observe(
        try await client.patch(
          Kubernetes.Service.self, service.name, in: service.namespace, .merge(patch), subresource: "status"))
    } catch let error as APIError where error.isNotFound {
      return
    }
    if isListening {
      events.record(.normal, reason: "EnsuredLoadBalancer", message: "Ensured load balancer", about: service)
    }
  }
}
