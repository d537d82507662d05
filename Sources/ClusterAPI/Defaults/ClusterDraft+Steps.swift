import Kubernetes

extension ClusterDraft {
  /// A cluster that exists stays on the image it has, whatever the operator's default is by now.
  mutating func defaultImage() {
    guard isEmpty(["imageCatalogRef"]) else { return }
    let pinned = cluster[path: ["status", "image"]]?.stringValue ?? ""
    setDefault(.string(pinned.isEmpty ? settings.postgresImage : pinned), at: "imageName")
  }

  mutating func defaultBootstrap() {
    for method in ["recovery", "pg_basebackup"] where !isEmpty(["bootstrap", method]) {
      setDefault("app", at: "bootstrap", method, "database")
      setDefault(spec[path: ["bootstrap", method, "database"]] ?? "", at: "bootstrap", method, "owner")
      return
    }
    let importType = spec[path: ["bootstrap", "initdb", "import", "type"]]?.stringValue
    // A monolith brings its own databases.
    if importType != ImportType.monolith.rawValue { setDefault("app", at: "bootstrap", "initdb", "database") }
    if let database = spec[path: ["bootstrap", "initdb", "database"]] {
      setDefault(database, at: "bootstrap", "initdb", "owner")
    }
    setDefault("UTF8", at: "bootstrap", "initdb", "encoding")
    setDefault("C", at: "bootstrap", "initdb", "localeCollate")
    setDefault("C", at: "bootstrap", "initdb", "localeCType")
  }

  mutating func defaultAffinity() {
    guard spec[path: ["affinity", "enablePodAntiAffinity"]]?.boolValue != false else { return }
    setDefault("preferred", at: "affinity", "podAntiAffinityType")
  }

  mutating func defaultParameters() {
    // Without a version there are no defaults: validation refuses the image.
    guard let typed = try? cluster.decoded(as: Cluster.self), typed.requestedMajor != nil else { return }
    let parameters = PostgresParameters.defaulted(
      typed.spec.postgresql?.parameters ?? [:], archiveMode: typed.archiveMode, keepingReserved: true)
    if spec["postgresql"]?.isNull == true { spec["postgresql"] = nil }
    spec[path: ["postgresql", "parameters"]] = .object(parameters.mapValues { .string($0) })
  }

  mutating func defaultQueries() {
    guard spec[path: ["monitoring", "disableDefaultQueries"]]?.boolValue != true else { return }
    if settings.hasQueriesConfigMap { prependDefaultQueries(to: "customQueriesConfigMap") }
    if settings.hasQueriesSecret { prependDefaultQueries(to: "customQueriesSecret") }
  }

  private mutating func prependDefaultQueries(to field: String) {
    let references = spec[path: ["monitoring", field]]?.arrayValue ?? []
    guard !references.contains(where: { $0["name"]?.stringValue == DefaultQueries.name }) else { return }
    let defaultReference: JSON = ["name": .string(DefaultQueries.name), "key": .string(DefaultQueries.key)]
    if spec["monitoring"]?.isNull == true { spec["monitoring"] = nil }
    spec[path: ["monitoring", field]] = .array([defaultReference] + references)
  }

  mutating func defaultSlots() {
    setDefault(["enabled": true, "slotPrefix": "_cnpg_"], at: "replicationSlots", "highAvailability")
    setDefault(["enabled": true], at: "replicationSlots", "synchronizeReplicas")
  }

  mutating func defaultTablespaceOwners() {
    guard case .array(let tablespaces) = spec["tablespaces"] else { return }
    let bootstrap = spec["bootstrap"]
    let owner = ["initdb", "recovery", "pg_basebackup"].lazy
      .compactMap { bootstrap?[path: [$0, "owner"]]?.stringValue }.first { !$0.isEmpty }
    spec["tablespaces"] = .array(
      tablespaces.map { tablespace in
        guard (tablespace[path: ["owner", "name"]]?.stringValue ?? "").isEmpty else { return tablespace }
        var owned = tablespace
        if owned["owner"]?.isNull == true { owned["owner"] = nil }
        owned[path: ["owner", "name"]] = .string(owner ?? "postgres")
        return owned
      })
  }

  mutating func includePlugins() {
    let plugins = spec["plugins"]?.arrayValue ?? []
    let missing = settings.includedPlugins.filter { name in !plugins.contains { $0["name"]?.stringValue == name } }
    guard !missing.isEmpty else { return }
    spec["plugins"] = .array(plugins + missing.map { ["name": .string($0), "enabled": true] })
  }

  mutating func defaultIsolationCheck() {
    var check: JSON = ["enabled": true, "requestTimeout": 1000, "connectionTimeout": 1000]
    if let text = annotation(Annotations.livenessPinger), case .success(let pinger) = LivenessPinger.parse(text) {
      check["enabled"] = .bool(pinger.enabled)
      check["requestTimeout"] = .int(Int64(pinger.requestTimeout))
      check["connectionTimeout"] = .int(Int64(pinger.connectionTimeout))
    }
    setDefault(check, at: "probes", "liveness", "isolationCheck")
  }

  mutating func convertFailoverQuorum() {
    guard let text = annotation(Annotations.failoverQuorum), let isWanted = goBoolean(text),
      !isEmpty(["postgresql", "synchronous"])
    else { return }
    spec[path: ["postgresql", "synchronous", "failoverQuorum"]] = .bool(isWanted)
  }
}

/// A boolean as Go's strconv reads it, for annotations that Go once read.
func goBoolean(_ text: String) -> Bool? {
  switch text {
  case "1", "t", "T", "true", "TRUE", "True": true
  case "0", "f", "F", "false", "FALSE", "False": false
  default: nil
  }
}
