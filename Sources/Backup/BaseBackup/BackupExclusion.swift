/// What a base backup leaves out, because it is made anew when the server starts, or does not belong to its copy
/// (PostgreSQL's manual, "Making a Base Backup Using the Low Level API"; Barman leaves out the same).
enum BackupExclusion {
  private static let emptied: Set<String> = [
    "pg_wal", "pg_log", "log", "pg_dynshmem", "pg_notify", "pg_replslot", "pg_serial", "pg_stat_tmp", "pg_snapshots",
    "pg_subtrans",
  ]

  private static let names: Set<String> = [
    "postgresql.auto.conf.tmp", "current_logfiles.tmp", "postmaster.pid", "postmaster.opts",
    "recovery.conf", "standby.signal", "recovery.signal", "backup_label", "tablespace_map", "backup_manifest",
  ]

  /// Whether the directory stays and what is in it goes.
  static func isEmptied(_ directory: String) -> Bool { emptied.contains(directory) }

  /// - Parameter name: the last part of a path.
  static func excludes(_ name: String) -> Bool {
    names.contains(name) || name.hasPrefix("pgsql_tmp") || name.hasPrefix("pg_internal.init")
      || isTemporaryRelation(name)
  }

  /// `t3_16385`, `t3_16385.1`, `t3_16385_fsm`.
  private static func isTemporaryRelation(_ name: String) -> Bool {
    guard name.first == "t" else { return false }
    let parts = name.dropFirst().split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, parts[0].allSatisfy({ $0.isASCII && $0.isNumber }) else { return false }
    return parts[1].first.map { $0.isASCII && $0.isNumber } ?? false
  }

  /// Of an unlogged relation only the init fork is of use: recovery makes the rest of it (`ResetUnloggedRelations`).
  /// pg_basebackup leaves the same out.
  ///
  /// - Parameter names: of the files of one database, in one tablespace.
  static func withoutUnlogged(_ names: [String]) -> [String] {
    let unlogged = Set(names.filter { $0.hasSuffix("_init") }.map { $0.dropLast(5) })
    if unlogged.isEmpty { return names }
    return names.filter { $0.hasSuffix("_init") || !unlogged.contains($0.prefix { $0 != "_" && $0 != "." }) }
  }
}
