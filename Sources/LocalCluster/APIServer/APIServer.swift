import Certificates
import Foundation
import Kubernetes
import Logging
import NIOHTTP1
import ServiceLifecycle
import Synchronization
import Web

/// The API server of the embedded control plane: the Kubernetes API over HTTPS, its objects in a ``Store``.
public struct APIServer: ServiceLifecycle.Service {
  private let settings: APIServerSettings
  private let core: APICore
  private let http: HTTPServer
  private let logger: Logger
  private let identity: ReloadableIdentity
  private let pki: PKI
  private let addresses: [String]

  /// Makes keys and certificates where they are missing, writes the objects that every cluster has, and takes the
  /// address. Serves once ``run()`` is called.
  ///
  /// - Throws: ``APIServerError``, ``PKIError`` and the errors of certificates, store and sockets.
  public init(settings: APIServerSettings, store: Store, logger: Logger) async throws {
    guard let range = ServiceAddresses.Range(settings.serviceRange) else {
      throw APIServerError.invalidServiceRange(settings.serviceRange)
    }
    self.settings = settings
    self.logger = logger
    pki = try PKI(directory: settings.pkiDirectory)
    let services = ServiceAddresses(range: range, store: store)
    addresses = Array(Set([settings.address, "127.0.0.1", services.first])).sorted()
    identity = try ReloadableIdentity(pki.server(addresses: addresses, clusterDomain: settings.clusterDomain))
    let tls = try ServerTLS(
      identity: identity, clientAuthorities: ReloadableAuthorities([pki.authorityPEM]), clientCertificate: .optional)
    // Tokens name the port, so the server takes it before there is a handler.
    let handler = LateHandler()
    http = HTTPServer(
      address: .ip(settings.address, port: settings.port), tls: tls, logger: logger,
      renderError: { RequestHandler.render(StatusError(code: $0, reason: $0 == 400 ? "BadRequest" : "", message: $1)) },
      handler: { await handler.respond($0) })
    try await http.listen()
    let url = "https://\(settings.address):\(http.boundPort ?? settings.port)"
    core = APICore(
      store: store, registry: ResourceRegistry(builtIn: BuiltInResources.all),
      tokens: try await ServiceAccountTokens(
        issuer: settings.issuer ?? url, keyPEM: pki.serviceAccountKeyPEM),
      webhooks: WebhookCaller(store: store), addresses: services,
      nodes: try NodeConnector(authorityPEM: pki.authorityPEM, identity: pki.nodeClient()),
      workloadIdentity: settings.workloadIdentity, logger: logger)
    handler.set(
      RequestHandler(
        core: core, discovery: Discovery(registry: core.registry, serverAddress: String(url.dropFirst(8))),
        documents: OpenAPIDocuments(registry: core.registry)))
    do {
      for object in try store.list("customresourcedefinitions.apiextensions.k8s.io").objects {
        core.serveDefinition(object)
      }
      try await Bootstrap(store: store).run(
        address: settings.address, port: http.boundPort ?? settings.port, serviceAddress: services.first)
    } catch {
      await core.shutdown()
      throw error
    }
  }

  /// What a ``Store`` has to keep at hand of each object for field selectors.
  @Sendable public static func selectableFields(_ resource: String, _ value: JSON) -> [String: String] {
    if let known = SelectableFields.byResource[resource], !known.isEmpty {
      return SelectableFields.values(SelectableFields.paths(resource), value)
    }
    return [:]
  }

  /// `https://127.64.0.1:6443`.
  public var url: String { "https://\(settings.address):\(http.boundPort ?? settings.port)" }

  /// Serves until it is cancelled or shut down gracefully. A server that was made has to be run, or its connections
  /// to nodes stay open.
  public func run() async throws {
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await serve())
    } catch {
      outcome = .failure(error)
    }
    await core.shutdown()
    try outcome.get()
  }

  private func serve() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await http.run() }
      group.addTask { try await CustomResourceCleanup(core: core).run() }
      group.addTask { try await EventExpiry(store: core.store, logger: logger).run() }
      group.addTask { try await renewCertificate() }
      // The server ends first, at a graceful shutdown; the others have no end of their own.
      try await group.next()
      group.cancelAll()
    }
  }

  /// New connections see a new certificate long before the old one expires.
  private func renewCertificate() async throws {
    while true {
      try await Task.sleep(for: .seconds(12 * 3600))
      do {
        try identity.replace(with: pki.server(addresses: addresses, clusterDomain: settings.clusterDomain))
      } catch {
        logger.error("the server certificate could not be renewed", metadata: ["error": "\(error)"])
      }
    }
  }
}

/// A handler that is set after the server has its port and before the server runs.
private final class LateHandler: Sendable {
  private let handler = Mutex<RequestHandler?>(nil)

  func set(_ handler: RequestHandler) { self.handler.withLock { $0 = handler } }

  func respond(_ request: HTTPRequest) async -> HTTPResponse {
    guard let handler = handler.withLock({ $0 }) else {
      return RequestHandler.render(.unavailable("the API server is starting"))
    }
    return await handler.respond(request)
  }
}
