import ClusterAPI
import Kubernetes

/// What an administrator sets for the whole operator, read once at start from the environment and from the ConfigMap
/// and the Secret called `cnpg-controller-manager-config` in the operator's namespace; the Secret wins.
/// Unknown keys are ignored, as people's existing ConfigMaps carry keys of many releases.
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
  public var monitoringQueriesConfigMap: String?

  public init() {}

  /// - Parameter values: the environment, overlaid by the ConfigMap, overlaid by the Secret.
  public init(values: [String: String]) {
    func list(_ key: String) -> [String] {
      (values[key] ?? "").split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
    }
    func text(_ key: String) -> String? { values[key].flatMap { $0.isEmpty ? nil : $0 } }
    func days(_ key: String, _ fallback: Int) -> Int {
      values[key].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil } ?? fallback
    }
    namespace = text("OPERATOR_NAMESPACE") ?? namespace
    watchedNamespaces = list("WATCH_NAMESPACE")
    operatorImage = text("OPERATOR_IMAGE_NAME") ?? operatorImage
    postgresImage = text("POSTGRES_IMAGE_NAME") ?? postgresImage
    pullSecretName = text("PULL_SECRET_NAME") ?? pullSecretName
    clusterDomain = text("KUBERNETES_CLUSTER_DOMAIN") ?? clusterDomain
    inheritedAnnotations = list("INHERITED_ANNOTATIONS")
    inheritedLabels = list("INHERITED_LABELS")
    certificateDuration = days("CERTIFICATE_DURATION", certificateDuration)
    expiringCheckThreshold = min(days("EXPIRING_CHECK_THRESHOLD", expiringCheckThreshold), certificateDuration - 1)
    createsAnyService = values["CREATE_ANY_SERVICE"] == "true"
    monitoringQueriesConfigMap = text("MONITORING_QUERIES_CONFIGMAP")
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
