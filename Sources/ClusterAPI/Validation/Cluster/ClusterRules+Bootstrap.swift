import Kubernetes

extension ClusterRules {
  static func bootstrapMethod(_ cluster: Cluster) -> [FieldError] {
    let bootstrap = cluster.spec.bootstrap
    let methods = [bootstrap?.initdb != nil, bootstrap?.recovery != nil, bootstrap?.pg_basebackup != nil]
    return .when(
      methods.count { $0 } > 1, .forbidden("spec.bootstrap", "Only one bootstrap method can be specified at a time"))
  }

  /// The application's database and its owner come together.
  static func applicationDatabases(_ cluster: Cluster) -> [FieldError] {
    guard let bootstrap = cluster.spec.bootstrap else { return [] }
    let methods: [(name: String, database: String?, owner: String?)] = [
      ("initdb", bootstrap.initdb?.database, bootstrap.initdb?.owner),
      ("recovery", bootstrap.recovery?.database, bootstrap.recovery?.owner),
      ("pg_basebackup", bootstrap.pg_basebackup?.database, bootstrap.pg_basebackup?.owner),
    ]
    return methods.flatMap { method -> [FieldError] in
      switch (method.database.isNilOrEmpty, method.owner.isNilOrEmpty) {
      case (false, true):
        [.invalid("spec.bootstrap.\(method.name).owner", "", "You need to specify the database owner user")]
      case (true, false):
        [.invalid("spec.bootstrap.\(method.name).database", "", "You need to specify the database name")]
      default: []
      }
    }
  }

  static func walSegmentSize(_ cluster: Cluster) -> [FieldError] {
    guard let size = cluster.spec.bootstrap?.initdb?.walSegmentSize else { return [] }
    return .when(
      size.nonzeroBitCount > 1,
      .invalid("spec.bootstrap.initdb.walSegmentSize", size, "WAL segment size must be a power of 2"))
  }

  static func applicationSQLReferences(_ cluster: Cluster) -> [FieldError] {
    guard let references = cluster.spec.bootstrap?.initdb?.postInitApplicationSQLRefs else { return [] }
    let path = "spec.bootstrap.initdb.postInitApplicationSQLRefs"
    let detail = "key and name must be specified"
    return (references.secretRefs ?? []).filter { $0.name.isEmpty || $0.key.isEmpty }
      .map { .invalid("\(path).secretRefs", structure: $0, detail) }
      + (references.configMapRefs ?? []).filter { $0.name.isEmpty || $0.key.isEmpty }
      .map { .invalid("\(path).configMapRefs", structure: $0, detail) }
  }

  static func logicalImport(_ cluster: Cluster) -> [FieldError] {
    guard let source = cluster.spec.bootstrap?.initdb?.import else { return [] }
    return source.type == .microservice ? microservice(source) : monolith(source)
  }

  private static let importPath = "spec.bootstrap.initdb.import"

  private static func microservice(_ source: LogicalImport) -> [FieldError] {
    .when(
      source.databases.count != 1,
      .invalid(
        "\(importPath).databases", source.databases,
        "You need to specify a single database for the `microservice` import type"))
      + .when(
        !(source.roles ?? []).isEmpty,
        .invalid(
          "\(importPath).roles", source.roles ?? [],
          "You cannot specify roles to import for the `microservice` import type"))
      + .when(
        source.databases.count == 1 && source.databases[0].contains("*"),
        .invalid(
          "\(importPath).databases.0", source.databases,
          "You cannot specify any wildcard for the `microservice` import type"))
  }

  private static func monolith(_ source: LogicalImport) -> [FieldError] {
    let roles = source.roles ?? []
    return .when(
      source.databases.isEmpty,
      .invalid(
        "\(importPath).databases", source.databases,
        "You need to specify at least a database for the `monolith` import type"))
      + .when(
        source.databases.count > 1 && source.databases.contains("*"),
        .invalid(
          "\(importPath).databases", source.databases, "Wildcard import cannot be used along other database names"))
      + .when(
        roles.count > 1 && roles.contains("*"),
        .invalid("\(importPath).roles", roles, "Wildcard import cannot be used along other role names"))
      + .when(
        !(source.postImportApplicationSQL ?? []).isEmpty,
        .invalid(
          "\(importPath).postImportApplicationSQL", source.postImportApplicationSQL ?? [],
          "postImportApplicationSQL is not allowed for the `monolith` import type"))
  }

  static func baseBackupSource(_ cluster: Cluster) -> [FieldError] {
    guard let source = cluster.spec.bootstrap?.pg_basebackup?.source else { return [] }
    return .when(
      cluster.externalCluster(source) == nil,
      .invalid("spec.bootstrap.pg_basebackup.source", source, "External cluster \(source) not found"))
  }
}

extension Cluster {
  /// The entry of `externalClusters` of that name.
  public func externalCluster(_ name: String) -> ExternalCluster? {
    spec.externalClusters?.first { $0.name == name }
  }
}
