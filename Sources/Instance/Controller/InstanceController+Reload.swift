import ClusterAPI
import Foundation
import PostgreSQL

extension InstanceController {
  /// Lets postgres read its files again where they say something new. Returns what it refused.
  func reloadIfNeeded(_ cluster: Cluster) async throws -> InstanceProblem? {
    if needsReload {
      if let refusal = try await reload() { return refusal }
    } else if [Self.ruleFile, Self.mapFile].allSatisfy({ files.contents($0) == lastGood($0) }) {
      return nil
    }
    return try await checkAuthenticationFiles(cluster)
  }

  /// Has postgres read its files. Returns what it refused of the parameters; of rules and maps it does not say it.
  func reload() async throws -> InstanceProblem? {
    let wanted = files.parameters(Self.parameterFile)?[ServerConfiguration.hashParameter]
    await postmaster.reload()
    // postgres does not say when it has reloaded; a session sees it within a few milliseconds.
    let end = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < end {
      let seen = try await session.query(
        "SELECT current_setting('\(ServerConfiguration.hashParameter)', true)"
      ).rows.first?["current_setting"]
      if seen == wanted {
        needsReload = false
        logger.info("configuration reloaded")
        return nil
      }
      try await Task.sleep(for: .milliseconds(3))
    }
    return .invalidConfiguration(try await refusedParameters())
  }

  /// PostgreSQL keeps its old rules and maps when it cannot read the new ones. But with bad rules it would not start, and
  /// with bad maps it would start with none and let nobody in who needs one, its instance manager least of all: so the
  /// files must go.
  private func checkAuthenticationFiles(_ cluster: Cluster) async throws -> InstanceProblem? {
    var problem: InstanceProblem?
    for (file, view) in [(Self.ruleFile, "pg_hba_file_rules"), (Self.mapFile, "pg_ident_file_mappings")] {
      let row = try await session.query(
        "SELECT line_number, error FROM \(view) WHERE error IS NOT NULL ORDER BY line_number LIMIT 1"
      ).rows.first
      guard let row else {
        try await rememberAsGood(file)
        continue
      }
      let text = files.contents(file) ?? ""
      let number = try row.value("line_number", as: Int.self)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let line = lines.indices.contains(number - 1) ? String(lines[number - 1]) : ""
      let reason =
        "\(Self.field(of: line, in: file, cluster)): \(HBALine.redacted(row["error"] ?? "")). \(ServerConfiguration.remedy)"
      refusals[file] = Refusal(what: text, reason: reason)
      let configuration = try await configuration(cluster)
      try await files.restore(
        file, lastGood(file) ?? (file == Self.ruleFile ? configuration.ownHBA : configuration.ownIdent))
      needsReload = true
      problem = .invalidConfiguration(reason)
    }
    return problem
  }

  /// Where the user finds the line.
  private static func field(of line: String, in file: String, _ cluster: Cluster) -> String {
    let shown = "\"\(HBALine.redacted(line))\""
    if file == mapFile { return "spec.postgresql.pg_ident \(shown)" }
    let isOwn = cluster.spec.postgresql?.pg_hba?.contains(line) ?? false
    return cluster.spec.postgresql?.ldap != nil && !isOwn && line.contains(" ldap ")
      ? "spec.postgresql.ldap, as \(shown)" : "spec.postgresql.pg_hba \(shown)"
  }

  /// What postgres itself holds against its files.
  private func refusedParameters() async throws -> String {
    let rows = try await session.query(
      "SELECT name, setting, error FROM pg_file_settings WHERE error IS NOT NULL AND NOT applied ORDER BY name"
    ).rows
    let texts = rows.map { row in
      "spec.postgresql.parameters.\(row["name"] ?? "?") \"\(row["setting"] ?? "")\": \(row["error"] ?? "")"
    }
    let reason = texts.isEmpty ? "PostgreSQL did not take the new configuration" : texts.joined(separator: "; ")
    return "\(reason). \(ServerConfiguration.remedy)"
  }
}
