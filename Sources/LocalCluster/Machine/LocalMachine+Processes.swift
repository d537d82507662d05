import Foundation
import Glibc
import Kubernetes
import Logging
import Processes
import ServiceLifecycle

/// What the background processes run. Each is a group of services that ends as a whole.
extension LocalMachine {
  /// The control plane: API server first, then everything that talks to it, each with a certificate of its own.
  public func runControlPlane(logger: Logger) async throws {
    umask(0o077)  // the store holds every Secret
    let pki = try PKI(directory: settings.pkiDirectory)
    let store = try await Store(path: settings.storeFile, selectableFields: APIServer.selectableFields)
    let server = try await APIServer(
      settings: APIServerSettings(
        address: settings.apiAddress, port: settings.apiPort, serviceRange: settings.serviceRange,
        clusterDomain: settings.clusterDomain, pkiDirectory: settings.pkiDirectory,
        workloadIdentity: WorkloadIdentity(
          tenantID: AzureSettings.tenantID, authorityHost: "https://\(AzureSettings.authorityHost)/")),
      store: store, logger: logger)
    let azure = try await AzureService(
      settings: settings.azure, pki: pki, issuer: settings.apiURL, logger: logger)
    try TrustBundle(authorityPEM: pki.authorityPEM).write(to: settings)
    try writeKubeconfig(pki)

    let client = try KubernetesClient(
      ClientConfiguration(
        server: settings.apiURL, authorityPEM: pki.authorityPEM,
        credential: .certificate(try pki.identity(.controllerManager))),
      userAgent: "matriarch-control-plane")
    let caches = ClusterCaches(client, logger: logger)
    let services: [any ServiceLifecycle.Service] = [
      server, azure, caches, SchedulerService(client: client, caches: caches, logger: logger),
      ControllerManager(
        settings: ControllerSettings(volumesDirectory: settings.volumesDirectory, authorityPEM: pki.authorityPEM),
        client: client, caches: caches, logger: logger),
      ServiceProxy(
        settings: try ServiceProxySettings(loadBalancerAddress: settings.loadBalancerAddress), client: client,
        caches: caches, logger: logger),
    ]
    try await Self.run(services, logger: logger)
    await client.shutdown()
  }

  /// One node, by name.
  public func runNode(_ name: String, logger: Logger) async throws {
    guard let index = settings.nodes.firstIndex(where: { $0.name == name }) else {
      throw MachineError.noSuchNode(name, known: settings.nodes.map(\.name))
    }
    let pki = try PKI(directory: settings.pkiDirectory)
    let address = settings.nodeAddress(index + 1)
    let user = PKI.User.node(name, addresses: [address])
    let identity = try pki.identity(user)
    let client = try KubernetesClient(
      ClientConfiguration(
        server: settings.apiURL, authorityPEM: pki.authorityPEM, credential: .certificate(identity)),
      userAgent: "matriarch-node/\(name)")
    let node = LocalNode(
      settings: NodeSettings(
        name: name, zone: settings.nodes[index].zone, address: address, port: LocalSettings.nodePort,
        podRange: settings.podRange(index + 1), stateDirectory: settings.nodeDirectory(name),
        clusterDirectory: settings.stateDirectory, volumesDirectory: settings.volumesDirectory,
        labels: ["workload": "postgres"], allocatable: try allocatable(), images: settings.images,
        libraries: settings.runtime.map { [$0] } ?? [], shim: "\(settings.binDirectory)/matriarch-shim",
        apiServerHost: settings.apiAddress,
        apiServerPort: settings.apiPort, clusterDomain: settings.clusterDomain,
        certificatePath: pki.certificatePath(user), keyPath: pki.keyPath(user),
        clientAuthorityPath: pki.authorityPath, azure: settings.azureAccess),
      client: client, logger: logger)
    try await Self.run([node], logger: logger)
    await client.shutdown()
  }

  private func allocatable() throws -> [String: Quantity] {
    var amounts = NodeSettings.defaultAllocatable
    amounts["cpu"] = try Quantity(parsing: settings.nodeCPU)
    amounts["memory"] = try Quantity(parsing: settings.nodeMemory)
    amounts["pods"] = Quantity(settings.nodePods)
    return amounts
  }

  private func writeKubeconfig(_ pki: PKI) throws {
    let text = try pki.kubeconfig(.admin, server: settings.apiURL, context: Self.context)
    try DurableFile.write(Array(text.utf8), to: settings.kubeconfig, mode: 0o600)
  }

  /// The name of the context in the kubeconfig.
  public static let context = "matriarch"

  private static func run(_ services: [any ServiceLifecycle.Service], logger: Logger) async throws {
    try await ServiceGroup(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint], cancellationSignals: [], logger: logger
    ).run()
  }
}
