import ClusterAPI
import Kubernetes

extension Blueprint {
  static let podMonitorResource = ResourceType(
    group: "monitoring.coreos.com", kind: "PodMonitor", plural: "podmonitors")

  /// What tells the Prometheus operator to scrape the instances; nil unless `spec.monitoring.enablePodMonitor`.
  /// The kind is not ours, so it is written as plain JSON.
  var podMonitor: JSON? {
    guard let monitoring = spec.monitoring, monitoring.enablePodMonitor else { return nil }
    let metadata = object(ConfigMap.self, name, labels: recommendedLabels).metadata
    var endpoint: JSON = ["port": "metrics"]
    if monitoring.tls?.enabled == true {
      endpoint["scheme"] = "https"
      endpoint["tlsConfig"] = [
        "ca": ["secret": ["name": .string(cluster.serverAuthoritySecretName), "key": "ca.crt"]],
        "serverName": .string(serviceName(.rw)),
        "insecureSkipVerify": true,
      ]
    }
    if let relabelings = monitoring.podMonitorMetricRelabelings { endpoint["metricRelabelings"] = .array(relabelings) }
    if let relabelings = monitoring.podMonitorRelabelings { endpoint["relabelings"] = .array(relabelings) }
    guard let encoded = try? JSON(encoding: metadata) else { return nil }
    return [
      "apiVersion": .string(Self.podMonitorResource.apiVersion),
      "kind": .string(Self.podMonitorResource.kind),
      "metadata": encoded,
      "spec": [
        "selector": [
          "matchLabels": [Labels.cluster: .string(name), Labels.podRole: .string(PodRole.instance.rawValue)]
        ],
        "podMetricsEndpoints": [endpoint],
      ],
    ]
  }
}
