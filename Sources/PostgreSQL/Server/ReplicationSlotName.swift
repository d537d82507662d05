/// Names of physical replication slots, one for each instance.
public enum ReplicationSlotName {
  /// PostgreSQL allows lower-case letters, digits and the underscore: everything else becomes an underscore, a run of
  /// forbidden characters a single one. `_cnpg_` and `pg-1` give `_cnpg_pg_1`.
  public static func of(instance: String, prefix: String = "_cnpg_") -> String {
    var name = ""
    var isInRun = false
    for character in (prefix + instance).lowercased() {
      switch character {
      case "a"..."z", "0"..."9", "_":
        name.append(character)
        isInRun = false
      default:
        if !isInRun { name.append("_") }
        isInRun = true
      }
    }
    // NAMEDATALEN is 64, the terminating zero included.
    return String(name.prefix(63))
  }
}
