import Kubernetes

/// Answers that more than one reader of a Cluster needs.
extension Cluster {
  /// Whether each standby has a replication slot on the primary.
  public var usesReplicationSlots: Bool { spec.replicationSlots?.highAvailability?.enabled ?? true }

  /// The name of an instance's slot: the prefix and the instance's name, in the characters that slots may have.
  public func slotName(of instance: String) -> String {
    let prefix = spec.replicationSlots?.highAvailability?.slotPrefix ?? "_cnpg_"
    var name = ""
    for character in (prefix + instance).lowercased() {
      let isAllowed = character == "_" || character.isASCII && (character.isLetter || character.isNumber)
      // A run of other characters becomes one underscore.
      if isAllowed { name.append(character) } else if name.last != "_" { name.append("_") }
    }
    return name
  }

  /// A condition of the status, by its type.
  public func condition(_ type: String) -> Condition? { status?.conditions?.first { $0.type == type } }

  /// The role that owns the application's database.
  public var applicationOwner: String? { application?.owner }

  /// The application's database.
  public var applicationDatabase: String? { application?.database }

  private var application: (database: String?, owner: String?)? {
    if let initdb = spec.bootstrap?.initdb { return (initdb.database, initdb.owner) }
    if let recovery = spec.bootstrap?.recovery { return (recovery.database, recovery.owner) }
    return spec.bootstrap?.pg_basebackup.map { ($0.database, $0.owner) }
  }

  /// The instances whose PostgreSQL is to stand still while their pods run: the annotation `cnpg.io/fencedInstances`.
  /// Nil means none, an empty set all of them.
  public var fencedInstances: Set<String>? {
    guard let text = annotations[Annotations.fencedInstances],
      let names = (try? JSON(parsing: text))?.arrayValue?.compactMap(\.stringValue), !names.isEmpty
    else { return nil }
    return names.contains("*") ? [] : Set(names)
  }
}
