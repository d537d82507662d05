import ClusterAPI
import Kubernetes

/// What an administrator sets for the whole operator, read once at start from the environment and from the ConfigMap
/// and the Secret called `cnpg-controller-manager-config` in the operator's namespace; the Secret wins.
/// Unknown keys are ignored, as people's existing ConfigMaps carry keys of many releases; known ones that nothing comes
/// of are logged.
public struct OperatorSettings: Sendable, Equatable {
  public static let configurationName = "cnpg-controller-manager-config"

  /// Where the operator itself runs.
  public var namespace = "cnpg-system"
  /// The namespaces it looks after; empty means all.
  public var watchedNamespaces: [String] = []
  /// The image that `bootstrap-controller` copies the manager from.
  public var operatorImage = "ghcr.io/matriarch/matriarch:\(Version.matriarch)"
  /// The image of a Cluster that names none.
  public var postgresImage = "ghcr.io/cloudnative-pg/postgresql:18.6-system-trixie"
  public var pullSecretName = "cnpg-pull-secret"
  public var clusterDomain = "cluster.local"
  /// Globs of annotations and labels that objects inherit from their Cluster's own metadata.
  public var inheritedAnnotations: [String] = []
  public var inheritedLabels: [String] = []
  /// How long a certificate is valid, in days.
  public var certificateDuration = 90
  /// How many days before its end a certificate is renewed.
  public var expiringCheckThreshold = 7
  public var createsAnyService = false
  /// Keys of taints that say that a node is being emptied.
  public var drainTaints = [
    "node.kubernetes.io/unschedulable", "ToBeDeletedByClusterAutoscaler", "karpenter.sh/disrupted",
    "karpenter.sh/disruption",
  ]
  /// Milliseconds after which a standby gives up a connection to its primary that does not answer.
  public var standbyTCPUserTimeout: Int?
  /// Settings that were given and are not acted on yet.
  public var ignored: [String] = []

  /// Settings of CloudNativePG that are not acted on yet, with the values that ask for nothing.
  private static let unsupported: [String: [String]] = [
    "CLUSTERS_ROLLOUT_DELAY": ["0"], "INSTANCES_ROLLOUT_DELAY": ["0"], "INCLUDE_PLUGINS": [], "PLUGIN_SOCKET_DIR": [],
    "MONITORING_QUERIES_CONFIGMAP": [], "MONITORING_QUERIES_SECRET": [],
    "ENABLE_INSTANCE_MANAGER_INPLACE_UPDATES": ["false"], "PGBOUNCER_IMAGE_NAME": [],
    "ENABLE_WEBHOOK_NAMESPACE_SUFFIX": ["false"], "MANAGE_WEBHOOK_CONFIGURATIONS": ["true"], "WEBHOOK_CERT_DIR": [],
    "METRICS_CERT_DIR": [],
  ]

  /// No certificate is issued for longer: dates beyond do not fit into one.
  private static let longestDuration = 36_500

  public init() {}

  /// - Parameter values: the environment, overlaid by the ConfigMap, overlaid by the Secret.
  public init(values: [String: String]) {
    func list(_ key: String) -> [String] {
      (values[key] ?? "").split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
    }
    func text(_ key: String) -> String? { values[key].flatMap { $0.isEmpty ? nil : $0 } }
    func days(_ key: String, _ fallback: Int) -> Int {
      values[key].flatMap { Int($0.trimmed) }.flatMap { $0 > 0 ? min($0, Self.longestDuration) : nil } ?? fallback
    }
    namespace = text("OPERATOR_NAMESPACE") ?? namespace
    watchedNamespaces = list("WATCH_NAMESPACE")
    operatorImage = text("OPERATOR_IMAGE_NAME") ?? operatorImage
    postgresImage = text("POSTGRES_IMAGE_NAME") ?? postgresImage
    pullSecretName = text("PULL_SECRET_NAME") ?? pullSecretName
    clusterDomain = text("KUBERNETES_CLUSTER_DOMAIN") ?? clusterDomain
    if text("DRAIN_TAINTS") != nil { drainTaints = list("DRAIN_TAINTS") }
    inheritedAnnotations = list("INHERITED_ANNOTATIONS")
    inheritedLabels = list("INHERITED_LABELS")
    certificateDuration = days("CERTIFICATE_DURATION", certificateDuration)
    expiringCheckThreshold = min(days("EXPIRING_CHECK_THRESHOLD", expiringCheckThreshold), certificateDuration - 1)
    createsAnyService = values["CREATE_ANY_SERVICE"] == "true"
    standbyTCPUserTimeout = text("STANDBY_TCP_USER_TIMEOUT").flatMap { Int($0.trimmed) }.flatMap {
      (0...Int(Int32.max)).contains($0) ? $0 : nil
    }
    ignored = Self.unsupported.filter { key, inert in text(key).map { !inert.contains($0) } ?? false }.keys.sorted()
    if text("STANDBY_TCP_USER_TIMEOUT") != nil, standbyTCPUserTimeout == nil {
      ignored.append("STANDBY_TCP_USER_TIMEOUT")
    }
  }
}

extension StringProtocol {
  var trimmed: String {
    var text = Substring(self)
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
