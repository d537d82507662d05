import Kubernetes
import Logging

/// What every handler of the API works with.
final class APICore: Sendable {
  let store: Store
  let registry: ResourceRegistry
  let tokens: ServiceAccountTokens
  let authorizer: Authorizer
  let webhooks: WebhookCaller
  let admissionWebhooks: AdmissionWebhooks
  let addresses: ServiceAddresses
  let nodes: NodeConnector
  let workloadIdentity: WorkloadIdentity?
  let logger: Logger

  init(
    store: Store, registry: ResourceRegistry, tokens: ServiceAccountTokens, webhooks: WebhookCaller,
    addresses: ServiceAddresses, nodes: NodeConnector, workloadIdentity: WorkloadIdentity?, logger: Logger
  ) {
    self.store = store
    self.registry = registry
    self.tokens = tokens
    self.webhooks = webhooks
    self.addresses = addresses
    self.nodes = nodes
    self.workloadIdentity = workloadIdentity
    self.logger = logger
    authorizer = Authorizer(store: store)
    admissionWebhooks = AdmissionWebhooks(store: store)
  }

  /// Closes the connections to webhooks, nodes and pods.
  func shutdown() async {
    await webhooks.shutdown()
    await nodes.shutdown()
  }

  /// Serves what a definition defines from now on.
  func serveDefinition(_ object: StoredObject) {
    guard let definition = try? object.value().decoded(as: CustomResourceDefinition.self) else { return }
    registry.serve(definition.name, CustomResourceVersion.resources(definition), revision: object.revision)
  }

  /// What the API server itself keeps in step with a write, before the writer is answered.
  func wrote(_ object: StoredObject, wasDeleted: Bool) {
    guard object.key.resource == "customresourcedefinitions.apiextensions.k8s.io" else { return }
    if wasDeleted {
      registry.serve(object.key.name, [], revision: object.revision)
    } else {
      serveDefinition(object)
    }
  }

  func find<Object: APIObject>(_ type: Object.Type, _ name: String, in namespace: String = "") -> Object? {
    let key = StoreKey(type.resource.qualifiedPlural, namespace: namespace, name: name)
    return try? store.get(key)?.value().decoded(as: type)
  }
}
