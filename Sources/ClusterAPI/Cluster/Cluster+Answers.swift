import Kubernetes

/// Answers that more than one reader of a Cluster needs.
extension Cluster {
  /// Whether each standby has a replication slot on the primary.
  public var usesReplicationSlots: Bool { spec.replicationSlots?.highAvailability?.enabled ?? true }

  /// The name of an instance's slot: the prefix and the instance's name, in the characters that slots may have.
  public func slotName(of instance: String) -> String {
    let prefix = spec.replicationSlots?.highAvailability?.slotPrefix ?? "_cnpg_"
    var name = ""
    var isInRun = false
    for byte in (prefix + instance).lowercased().utf8 {
      let isAllowed =
        byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      // A run of other characters becomes one underscore.
      if isAllowed { name.unicodeScalars.append(Unicode.Scalar(byte)) } else if !isInRun { name += "_" }
      isInRun = !isAllowed
    }
    return name
  }

  /// A condition of the status, by its type.
  public func condition(_ type: String) -> Condition? { status?.conditions?.first { $0.type == type } }

  /// The instances that people have fenced, by the annotation; `*` stands for all of them.
  public var fencedInstances: [String] {
    guard let text = annotations[Annotations.fencedInstances] else { return [] }
    return (try? JSON(parsing: text))?.arrayValue?.compactMap(\.stringValue) ?? []
  }

  public func isFenced(_ instance: String) -> Bool {
    let fenced = fencedInstances
    return fenced.contains("*") || fenced.contains(instance)
  }

  /// The labels by which the Cluster tells places apart, of nodes or of pods; the webhook takes only one kind of them.
  public var failureDomainKeys: [String] { nodeDomainKeys + podDomainKeys }

  public var nodeDomainKeys: [String] {
    let constraint = spec.postgresql?.syncReplicaElectionConstraint
    let compared = constraint?.enabled == true ? constraint?.nodeLabelsAntiAffinity : nil
    return (compared ?? []) + (spec.postgresql?.synchronous?.nodeFailureDomainKeys ?? [])
  }

  public var podDomainKeys: [String] { spec.postgresql?.synchronous?.podFailureDomainKeys ?? [] }

  /// The role that owns the application's database.
  public var applicationOwner: String? { application?.owner }

  /// The application's database.
  public var applicationDatabase: String? { application?.database }

  private var application: (database: String?, owner: String?)? {
    if let initdb = spec.bootstrap?.initdb { return (initdb.database, initdb.owner) }
    if let recovery = spec.bootstrap?.recovery { return (recovery.database, recovery.owner) }
    return spec.bootstrap?.pg_basebackup.map { ($0.database, $0.owner) }
  }
}
