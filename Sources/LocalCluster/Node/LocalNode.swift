import AsyncHTTPClient
import Certificates
import Foundation
import Glibc
import Kubernetes
import Logging
import Processes
import ServiceLifecycle
import Web

/// A node of the embedded control plane: registers itself, runs the pods that the scheduler gives it, reports how they
/// are, and serves their logs and `exec`.
///
/// Its pods outlive it: a node process that is killed is replaced by one that takes them over. Only
/// ``powerOff(stateDirectory:gracePeriod:)`` ends them with it.
public struct LocalNode: ServiceLifecycle.Service {
  private let settings: NodeSettings
  private let client: KubernetesClient
  private let logger: Logger

  public init(settings: NodeSettings, client: KubernetesClient, logger: Logger) {
    self.settings = settings
    self.client = client
    var logger = logger
    logger[metadataKey: "node"] = "\(settings.name)"
    self.logger = logger
  }

  /// Runs until it is cancelled or shut down gracefully.
  ///
  /// - Throws: when its endpoint cannot listen, its certificate cannot be read or its pod range is malformed.
  public func run() async throws {
    // A client that went away must be an error of one write, not the end of the node.
    signal(SIGPIPE, SIG_IGN)
    let objects = NodeObjects(client, node: settings.name)
    let events = EventRecorder(client, component: "kubelet", instance: settings.name, logger: logger)
    let probeClient = ProbePerformer.makeClient()
    let runtime = ContainerRuntime(
      shim: settings.shim, host: .ofThisMachine(libraries: settings.libraries, trustBundle: settings.azure?.trustBundle)
    )
    let context = PodContext(
      settings: settings, images: ImageCatalogue(images: settings.images), runtime: runtime,
      probes: ProbePerformer(client: probeClient), interface: objects.interface(client, events), logger: logger)
    do {
      let pods = try PodManager(context)
      let server = try endpoint(pods, runtime)
      try await server.listen()
      try await cancelWhenGracefulShutdown {
        try await serve(pods, server, objects, events)
      }
    } catch {
      try? await probeClient.shutdown()
      if !(error is CancellationError) { throw error }
      return
    }
    try? await probeClient.shutdown()
  }

  private func serve(
    _ pods: PodManager, _ server: HTTPServer, _ objects: NodeObjects, _ events: EventRecorder
  ) async throws {
    let registration = NodeRegistration(settings: settings, client: client, logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      group.addTask { await events.run() }
      group.addTask { try await objects.run() }
      group.addTask { await registration.run() }
      group.addTask { await objects.notify(pods) }
      group.addTask {
        // Before the list is read, so that no change falls in between.
        let changes = objects.pods.changes()
        await objects.synced()
        await pods.run(pods: objects.pods.all(), changes: changes)
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func endpoint(_ pods: PodManager, _ runtime: ContainerRuntime) throws -> HTTPServer {
    func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
    let identity = PEMIdentity(
      certificatePEM: try text(settings.certificatePath), privateKeyPEM: try text(settings.keyPath))
    let tls = try ServerTLS(
      identity: ReloadableIdentity(identity),
      clientAuthorities: ReloadableAuthorities([try text(settings.clientAuthorityPath)]), clientCertificate: .required)
    let answers = NodeServer(pods: pods, runtime: runtime, logger: logger)
    return HTTPServer(address: settings.address, port: settings.port, tls: tls, logger: logger) {
      await answers.answer($0)
    }
  }
}
