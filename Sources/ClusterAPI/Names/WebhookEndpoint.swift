/// An admission webhook of the operator: its name and the path it is served on.
public struct WebhookEndpoint: Sendable, Equatable {
  public enum Purpose: String, Sendable {
    case mutate, validate
  }

  public let purpose: Purpose
  public let kind: String
  public let plural: String

  /// `mcluster.cnpg.io`.
  public var name: String { "\(purpose == .mutate ? "m" : "v")\(kind.lowercased()).cnpg.io" }

  /// `/mutate-postgresql-cnpg-io-v1-cluster`.
  public var path: String { "/\(purpose.rawValue)-postgresql-cnpg-io-v1-\(kind.lowercased())" }

  private init(_ purpose: Purpose, _ kind: String, _ plural: String) {
    self.purpose = purpose
    self.kind = kind
    self.plural = plural
  }

  /// Every webhook. Only that of Clusters fills anything in; the other mutating ones are there because tools expect
  /// them.
  public static let all =
    [
      WebhookEndpoint(.mutate, "Cluster", "clusters"), WebhookEndpoint(.mutate, "Backup", "backups"),
      WebhookEndpoint(.mutate, "ScheduledBackup", "scheduledbackups"),
      WebhookEndpoint(.mutate, "Database", "databases"),
      WebhookEndpoint(.validate, "Cluster", "clusters"), WebhookEndpoint(.validate, "Backup", "backups"),
      WebhookEndpoint(.validate, "ScheduledBackup", "scheduledbackups"),
      WebhookEndpoint(.validate, "Database", "databases"), WebhookEndpoint(.validate, "Pooler", "poolers"),
    ] + schemaOnly

  /// Kinds with no rules beyond their schema: asked about only so that their creation is answered with a warning while
  /// nothing comes of them, so a missing answer must not keep anybody from creating one.
  public static let schemaOnly = [
    WebhookEndpoint(.validate, "DatabaseRole", "databaseroles"),
    WebhookEndpoint(.validate, "Publication", "publications"),
    WebhookEndpoint(.validate, "Subscription", "subscriptions"),
    WebhookEndpoint(.validate, "ImageCatalog", "imagecatalogs"),
    WebhookEndpoint(.validate, "ClusterImageCatalog", "clusterimagecatalogs"),
  ]

  public static let mutatingConfiguration = "cnpg-mutating-webhook-configuration"
  public static let validatingConfiguration = "cnpg-validating-webhook-configuration"
  public static let service = "cnpg-webhook-service"
}
