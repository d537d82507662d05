import Kubernetes

/// The API group of our kinds.
public enum APIGroup {
  public static let name = "postgresql.cnpg.io"
  public static let version = "v1"

  /// Every kind of the group.
  public static let resources: [ResourceType] = [
    Cluster.resource, Backup.resource, ScheduledBackup.resource, Pooler.resource, Database.resource,
    DatabaseRole.resource, Publication.resource, Subscription.resource, ImageCatalog.resource,
    ClusterImageCatalog.resource, FailoverQuorum.resource,
  ]
}
