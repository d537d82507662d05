import Kubernetes

/// What the controllers of the embedded control plane can be told.
public struct ControllerSettings: Sendable {
  /// Where volumes are: each is a directory below this one. An absolute path that exists.
  public var volumesDirectory: String
  /// The API server's certificate authority, for the ConfigMap `kube-root-ca.crt` of each namespace.
  public var authorityPEM: String
  /// A node whose Lease was not renewed for this long is unreachable (Kubernetes' `--node-monitor-grace-period`).
  public var nodeGracePeriod: Duration
  /// How long pods that say nothing about it stay on a node that is not ready or not reachable.
  public var defaultTolerationSeconds: Int
  /// A pod whose node does not exist is removed after this long.
  public var orphanQuarantine: Duration
  /// Ended pods that are kept, of all namespaces together.
  public var keptEndedPods: Int

  public init(
    volumesDirectory: String, authorityPEM: String, nodeGracePeriod: Duration = .seconds(40),
    defaultTolerationSeconds: Int = 300, orphanQuarantine: Duration = .seconds(40), keptEndedPods: Int = 500
  ) {
    self.volumesDirectory = volumesDirectory
    self.authorityPEM = authorityPEM
    self.nodeGracePeriod = nodeGracePeriod
    self.defaultTolerationSeconds = defaultTolerationSeconds
    self.orphanQuarantine = orphanQuarantine
    self.keptEndedPods = keptEndedPods
  }
}
