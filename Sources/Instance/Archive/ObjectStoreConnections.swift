import Logging
import ObjectStorage

/// The object stores in use, each opened once: connections and access tokens are kept from one file to the next.
actor ObjectStoreConnections {
  /// A Cluster has one store, and a second one that it was restored from. Of more, as secrets change, the oldest goes.
  private static let limit = 4

  private var open: [(configuration: StoreConfiguration, store: any ObjectStore)] = []
  private let variables: [String: String]
  private let logger: Logger

  /// - Parameter variables: of the pod; identities of clouds are found there.
  init(variables: [String: String], logger: Logger) {
    self.variables = variables
    self.logger = logger
  }

  /// - Throws: ``ObjectStorageError`` for an address or a credential that cannot be used.
  func store(_ configuration: StoreConfiguration) async throws -> any ObjectStore {
    if let known = open.first(where: { $0.configuration == configuration }) { return known.store }
    let fresh = try ObjectStores.open(configuration, variables: variables, logger: logger)
    open.append((configuration, fresh))
    if open.count > Self.limit { await open.removeFirst().store.shutdown() }
    return fresh
  }

  func shutdown() async {
    let all = open
    open = []
    for entry in all { await entry.store.shutdown() }
  }
}
