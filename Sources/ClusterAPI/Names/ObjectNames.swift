import Kubernetes

/// Names of the objects made for a cluster, by the cluster's name.
public struct ObjectNames: Sendable, Equatable {
  public let cluster: String

  public init(cluster: String) { self.cluster = cluster }

  // Services
  /// Leads to the primary.
  public var readWriteService: String { "\(cluster)-rw" }
  /// Leads to standbys.
  public var readOnlyService: String { "\(cluster)-ro" }
  /// Leads to all instances.
  public var readService: String { "\(cluster)-r" }
  /// Leads to all instances, ready or not.
  public var anyService: String { "\(cluster)-any" }

  // Secrets made unless the Cluster names others
  public var applicationSecret: String { "\(cluster)-app" }
  public var superuserSecret: String { "\(cluster)-superuser" }
  public var authoritySecret: String { "\(cluster)-ca" }
  public var serverSecret: String { "\(cluster)-server" }
  public var replicationSecret: String { "\(cluster)-replication" }
  public var poolerSecret: String { "\(cluster)-pooler" }
  public var pullSecret: String { "\(cluster)-pull" }

  public var primaryPodDisruptionBudget: String { "\(cluster)-primary" }
  public var replicaPodDisruptionBudget: String { cluster }

  public func instance(_ serial: Int) -> String { "\(cluster)-\(serial)" }

  public static func walVolume(of instance: String) -> String { "\(instance)-wal" }

  public static func tablespaceVolume(of instance: String, tablespace: String) -> String {
    "\(instance)-tbs-\(volumePart(of: tablespace))"
  }

  /// A tablespace's name as a part of names of Kubernetes, which know neither upper case nor `_` nor `$`.
  public static func volumePart(of tablespace: String) -> String {
    var name = tablespace.lowercased()
    if name.hasPrefix("_") { name = "1" + name.dropFirst() }
    return String(name.map { $0 == "_" || $0 == "$" ? "-" : $0 })
  }
}

extension Cluster {
  /// Names of the objects made for this cluster.
  public var names: ObjectNames { ObjectNames(cluster: name) }

  /// The ServiceAccount of its pods.
  public var serviceAccountName: String { spec.serviceAccountName ?? name }

  /// The Secret with the password of `postgres`.
  public var superuserSecretName: String { spec.superuserSecret?.name ?? names.superuserSecret }

  /// The Secret with the credentials of the application's owner.
  public var applicationSecretName: String {
    let bootstrap = spec.bootstrap
    return bootstrap?.initdb?.secret?.name ?? bootstrap?.recovery?.secret?.name
      ?? bootstrap?.pg_basebackup?.secret?.name ?? names.applicationSecret
  }

  public var serverAuthoritySecretName: String { spec.certificates?.serverCASecret ?? names.authoritySecret }
  public var serverCertificateSecretName: String { spec.certificates?.serverTLSSecret ?? names.serverSecret }
  public var clientAuthoritySecretName: String { spec.certificates?.clientCASecret ?? names.authoritySecret }
  public var replicationCertificateSecretName: String {
    spec.certificates?.replicationTLSSecret ?? names.replicationSecret
  }
}
