import Kubernetes

/// The CustomResourceDefinitions of our kinds, made from their declarations.
public enum CustomResources {
  /// One for each kind, as objects of `apiextensions.k8s.io/v1`.
  public static let definitions: [JSON] = [
    definition(of: Backup.self, "A request for one backup of a cluster, and its outcome."),
    definition(of: ClusterImageCatalog.self, "Images of PostgreSQL by major version, for all namespaces."),
    definition(
      of: Cluster.self, "A PostgreSQL cluster: one primary and its hot standbys.",
      scale: ["labelSelectorPath": ".status.selector"]),
    definition(of: DatabaseRole.self, "A role of a cluster, as an object of its own."),
    definition(of: Database.self, "A database of a cluster and what belongs into it."),
    definition(of: FailoverQuorum.self, "The synchronous standby list that a primary has in force."),
    definition(of: ImageCatalog.self, "Images of PostgreSQL by major version, for one namespace."),
    definition(of: Pooler.self, "A layer of PgBouncer in front of a cluster.", scale: [:]),
    definition(of: Publication.self, "A publication of logical replication in a database of a cluster."),
    definition(of: ScheduledBackup.self, "A request for backups by a schedule."),
    definition(of: Subscription.self, "A subscription of logical replication in a database of a cluster."),
  ]

  /// - Parameter scale: What the `scale` subresource has beside its two numbers; nil for kinds without one.
  private static func definition<Kind: APIObject>(
    of type: Kind.Type, _ description: String, scale: JSON? = nil
  ) -> JSON {
    let resource = Kind.resource
    var schema = Kind.schema.withServedDefaults()
    schema.description = description
    var version: JSON = [
      "name": .string(resource.version), "served": true, "storage": true,
      "schema": ["openAPIV3Schema": schema.customResourceOpenAPI()],
      "additionalPrinterColumns": .array(PrinterColumn.columns(of: resource.kind).map(\.json)),
    ]
    if schema.properties["status"] != nil { version["subresources"] = ["status": [:]] }
    if var scale {
      scale["specReplicasPath"] = ".spec.instances"
      scale["statusReplicasPath"] = ".status.instances"
      version[path: ["subresources", "scale"]] = scale
    }
    return [
      "apiVersion": .string(CustomResourceDefinition.resource.apiVersion),
      "kind": .string(CustomResourceDefinition.resource.kind),
      "metadata": ["name": .string("\(resource.plural).\(resource.group)")],
      "spec": [
        "group": .string(resource.group), "scope": resource.isNamespaced ? "Namespaced" : "Cluster",
        "names": [
          "kind": .string(resource.kind), "listKind": .string("\(resource.kind)List"),
          "plural": .string(resource.plural), "singular": .string(resource.singular),
        ],
        "versions": [version],
      ],
    ]
  }
}
