import Kubernetes

/// What pods need of the API: the objects their specifications name, and where to say how they are. Closures, so that
/// pods can be run without an API server in tests.
struct NodeInterface: Sendable {
  var secret: @Sendable (_ namespace: String, _ name: String) -> Secret?
  var configMap: @Sendable (_ namespace: String, _ name: String) -> ConfigMap?
  var claim: @Sendable (_ namespace: String, _ name: String) -> PersistentVolumeClaim?
  var persistentVolume: @Sendable (_ name: String) -> PersistentVolume?
  /// The services of all namespaces that have an address.
  var services: @Sendable () -> [PodHosts.Entry]
  var issueToken: @Sendable (PodTokens.Request, Pod) async throws -> PodTokens.Token
  /// Sends a strategic merge patch of the pod's status.
  var report: @Sendable (Pod, _ patch: JSON) async throws -> Void
  /// Removes the object of a pod whose containers have all ended.
  var remove: @Sendable (Pod) async throws -> Void
  /// Never blocks.
  var event: @Sendable (Pod, _ isWarning: Bool, _ reason: String, _ message: String) -> Void
}
