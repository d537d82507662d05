import Foundation
import Logging
import NIOPosix
import Processes
import ServiceLifecycle

/// The Azure-compatible part of the control plane: block blobs in a directory, tokens for workload identity, and the proxy by
/// which pods find both under their names in Azure.
public struct AzureService: ServiceLifecycle.Service {
  private let settings: AzureSettings
  private let store: BlobStore
  private let router: ServiceRouter
  private let proxy: ConnectProxy
  private let listeners: [ServiceListener]
  private let group: MultiThreadedEventLoopGroup
  private let tls: TLSIdentity
  private let pki: PKI
  private let logger: Logger

  /// Bulk data has threads of its own: it must not keep the API server's waiting.
  private static let threads = 2

  /// Makes keys where they are missing, opens the blobs and takes the addresses. Serves once ``run()`` is called.
  public init(settings: AzureSettings, pki: PKI, issuer: String, logger: Logger) async throws {
    self.settings = settings
    self.pki = pki
    self.logger = logger
    store = try await BlobStore(directory: settings.directory)
    let secrets = try await Self.secrets(settings, store)
    let tokens = await AccessTokens(key: Data(base64Encoded: secrets.tokenKey) ?? Data())
    let authorizer = StorageAuthorizer(secrets, tokens: tokens)
    router = ServiceRouter(
      blobs: BlobService(store: store, authorizer: authorizer, logger: logger),
      tokens: TokenEndpoint(
        credentials: FederatedCredentials(directory: settings.directory),
        accounts: try await ServiceAccountTokens(issuer: issuer, keyPEM: pki.serviceAccountKeyPEM), tokens: tokens,
        storageAccounts: authorizer.accounts, logger: logger))
    tls = try TLSIdentity(pki.azure(address: settings.address, accounts: authorizer.accounts))
    proxy = ConnectProxy(
      ownHosts: Set(authorizer.accounts.map(AzureSettings.blobHost) + [AzureSettings.authorityHost]),
      ownNetwork: settings.ownNetwork, tls: tls, logger: logger)
    group = MultiThreadedEventLoopGroup(numberOfThreads: Self.threads)
    do {
      listeners = [
        try await ServiceListener.open(address: settings.address, port: settings.port, tls: nil, group: group),
        try await ServiceListener.open(address: settings.address, port: settings.securePort, tls: tls, group: group),
      ]
    } catch {
      try? await group.shutdownGracefully()
      throw error
    }
  }

  /// At the first start the container is made too, as the reader of the guide has done; before the keys, so that a start
  /// which was interrupted makes it after all.
  private static func secrets(_ settings: AzureSettings, _ store: BlobStore) async throws -> AzureSecrets {
    if try await Blocking.run({ try AzureSecrets.load(from: settings.directory) == nil }) {
      do {
        _ = try await store.index.createContainer(AzureSettings.container, account: AzureSettings.account)
      } catch let error as StorageError where error == .containerAlreadyExists {
        // By that start.
      }
    }
    return try await Blocking.run { try AzureSecrets.loadOrCreate(in: settings.directory) }
  }

  /// The ports in use: without and with TLS.
  var ports: (plain: Int, secure: Int) { (listeners[0].port, listeners[1].port) }

  /// Serves until it is cancelled or shut down gracefully.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { tasks in
        for listener in listeners {
          tasks.addTask {
            await listener.run { channel in
              await ServiceConnection(channel: channel, router: router, proxy: proxy, logger: logger).run()
            }
          }
        }
        tasks.addTask { await renewCertificate() }
        await tasks.next()
        tasks.cancelAll()
      }
    }
    try await group.shutdownGracefully()
  }

  /// New connections see a new certificate long before the old one expires.
  private func renewCertificate() async {
    while (try? await Task.sleep(for: .seconds(12 * 3600))) != nil {
      do {
        try tls.replace(with: pki.azure(address: settings.address, accounts: router.blobs.authorizer.accounts))
      } catch {
        logger.error("the certificate of the Azure service could not be renewed", metadata: ["error": "\(error)"])
      }
    }
  }
}
