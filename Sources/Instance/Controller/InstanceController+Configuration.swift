import ClusterAPI
import Foundation
import Kubernetes
import PostgreSQL

extension InstanceController {
  func configuration(_ cluster: Cluster) async throws -> ServerConfiguration {
    var password: String?
    if let reference = cluster.spec.postgresql?.ldap?.bindSearchAuth?.bindPassword {
      password = try await controlPlane.requiredSecret(reference.name, purpose: "the password for LDAP")
        .text(reference.key)
    }
    return try ServerConfiguration(
      cluster, primary: InstanceDecision.Record(cluster).current ?? environment.instance,
      surroundings: ServerConfiguration.Surroundings(
        version: programs.version, paths: environment.paths, port: environment.port,
        operatingSystemUser: NSUserName(), ldapBindPassword: password))
  }

  /// - Throws: ``InstanceProblem/invalidConfiguration(_:)``; the files are untouched then.
  func writeConfiguration(_ cluster: Cluster, role: InstanceRole, hba: String? = nil) async throws {
    let configuration = try await configuration(cluster)
    if let rejected, rejected.hash == configuration.hash {
      throw InstanceProblem.invalidConfiguration(
        "spec.postgresql: PostgreSQL does not start with it: \(rejected.reason). \(ServerConfiguration.remedy)")
    }
    try await checkExtensionParameters(configuration)
    let control = role == .standby ? try await programs.controlData(of: environment.paths.data) : nil
    let override = OverrideConfiguration(
      cluster, environment: environment, configuration: configuration, control: control)
    let hasChanged = try await files.write(
      configuration, override: override, hba: hba,
      allowsAlterSystem: cluster.spec.postgresql?.enableAlterSystem ?? false)
    if hasChanged { needsReload = true }
  }

  /// postgres runs with what the files say: should a later configuration keep it from starting, this one is taken.
  func rememberGoodConfiguration() async throws {
    guard state.current.pendingRestart.isEmpty, let text = files.contents("custom.conf"),
      text != files.contents(Self.lastGoodFile)
    else { return }
    try await files.restore(Self.lastGoodFile, text)
    rejected = nil
  }

  /// postgres ended before it took connections. With a configuration that it has run with before at hand, that one is
  /// put back, and the new one not tried again until the Cluster asks for another. Returns whether it was.
  func fallBack(_ reason: String) async throws -> Bool {
    guard let good = files.contents(Self.lastGoodFile), let current = files.contents("custom.conf"), good != current,
      let hash = try? ConfigurationFile.parse(current)[ServerConfiguration.hashParameter]
    else { return false }
    logger.error("PostgreSQL does not start with its new configuration", metadata: ["error": "\(reason)"])
    rejected = (hash, reason)
    try await files.restore("custom.conf", good)
    return true
  }

  private static let lastGoodFile = "custom.conf.last-good"

  /// `postgres -C` does not load libraries, so it knows nothing of their parameters. A running server does, and judges a
  /// value when a session sets it; what only a restart can change it does not judge.
  private func checkExtensionParameters(_ configuration: ServerConfiguration) async throws {
    guard state.current.activity == .running else { return }
    let old = files.contents("custom.conf").flatMap { try? ConfigurationFile.parse($0) } ?? [:]
    for (name, value) in configuration.parameters.sorted(by: { $0.key < $1.key })
    where name.contains(".") && !name.hasPrefix("cnpg.") && old[name.lowercased()] != value {
      do {
        try await session.query("SELECT set_config($1, $2, true)", [name, value])
      } catch PostgreSQLError.server(let error) where error.sqlState == "22023" {
        let hint = error.hint.map { " (\($0))" } ?? ""
        throw InstanceProblem.invalidConfiguration(
          "spec.postgresql.parameters.\(name) \"\(value)\": \(error.message)\(hint). \(ServerConfiguration.remedy)")
      } catch PostgreSQLError.server {
        // Not to be changed in a session.
      }
    }
  }

  /// Lets postgres read its files again, and returns once it has.
  func reloadIfNeeded(_ cluster: Cluster) async throws {
    guard needsReload else { return }
    let wanted = files.contents("custom.conf").flatMap { try? ConfigurationFile.parse($0) }?[
      ServerConfiguration.hashParameter]
    await postmaster.reload()
    // postgres does not say when it has reloaded; a session sees it within a few milliseconds.
    let end = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < end {
      let seen = try await session.query(
        "SELECT current_setting('\(ServerConfiguration.hashParameter)', true)"
      ).rows.first?["current_setting"]
      if seen == wanted {
        needsReload = false
        break
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    if needsReload { throw InstanceProblem.invalidConfiguration(try await refusals()) }
    try await checkAuthenticationFiles()
    logger.info("configuration reloaded")
  }

  /// PostgreSQL keeps its old rules when it cannot read the new ones, but would not start with them: so they must go.
  private func checkAuthenticationFiles() async throws {
    let rows = try await session.query(
      "SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL ORDER BY line_number"
    ).rows
    guard let row = rows.first else {
      lastGoodHBA = files.contents("pg_hba.conf")
      return
    }
    let number = try row.value("line_number", as: Int.self)
    let lines = files.contents("pg_hba.conf")?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
    let line = lines.indices.contains(number - 1) ? String(lines[number - 1]) : ""
    if let lastGoodHBA { try await files.restore("pg_hba.conf", lastGoodHBA) }
    throw InstanceProblem.invalidConfiguration(
      "spec.postgresql.pg_hba \"\(line)\": \(row["error"] ?? ""). \(ServerConfiguration.remedy)")
  }

  /// What postgres itself holds against its files.
  private func refusals() async throws -> String {
    let rows = try await session.query(
      "SELECT name, setting, error FROM pg_file_settings WHERE error IS NOT NULL AND NOT applied ORDER BY name"
    ).rows
    let texts = rows.map { row in
      "spec.postgresql.parameters.\(row["name"] ?? "?") \"\(row["setting"] ?? "")\": \(row["error"] ?? "")"
    }
    let reason = texts.isEmpty ? "PostgreSQL did not take the new configuration" : texts.joined(separator: "; ")
    return "\(reason). \(ServerConfiguration.remedy)"
  }

  /// What `/pg/status` and the operator want to know of the running configuration.
  func noteServerState(_ cluster: Cluster) async throws {
    let hash = try await session.query(
      "SELECT current_setting('\(ServerConfiguration.hashParameter)', true) AS hash"
    ).rows.first?["hash"]
    // An error in the files is not a restart that is pending.
    let pending = try await session.query("SELECT name FROM pg_settings WHERE pending_restart ORDER BY name").rows
      .compactMap { $0["name"] }
    var isDecrease = false
    if !pending.isEmpty {
      let wanted = files.contents("custom.conf").flatMap { try? ConfigurationFile.parse($0) } ?? [:]
      for name in pending where Self.standbySensitive.contains(name) {
        let current = try await session.query("SELECT current_setting($1)", [name]).scalar(as: Int.self)
        if let new = wanted[name].flatMap({ Int($0) }), new < current { isDecrease = true }
      }
    }
    let isNews = !pending.isEmpty && pending != state.current.pendingRestart
    state.update { [isDecrease] in
      $0.loadedConfigurationHash = hash
      $0.pendingRestart = pending
      $0.pendingRestartForDecrease = isDecrease
    }
    guard isNews else { return }
    // The operator decides who restarts when; a change of the status makes it ask the instances.
    try await controlPlane.changeStatus { current in
      guard current.status?.phase == Phase.healthy else { return nil }
      return ["phase": .string(Phase.applyingConfiguration), "phaseReason": "PostgreSQL configuration changed"]
    }
  }

  private static let standbySensitive: Set<String> = [
    "max_connections", "max_prepared_transactions", "max_wal_senders", "max_worker_processes",
    "max_locks_per_transaction",
  ]

  /// The operator asks for it by the phase, once it is the primary's turn; the primary restarts and says so.
  func restartInPlaceIfAsked(_ cluster: Cluster) async throws {
    let isPending = !state.current.pendingRestart.isEmpty
    switch cluster.status?.phase {
    case Phase.inPlacePrimaryRestart: break
    case Phase.applyingConfiguration where isPending && state.current.pendingRestartForDecrease: break
    default: return
    }
    if isPending {
      logger.info("restarting in place", metadata: ["parameters": "\(state.current.pendingRestart)"])
      await stop(
        .onTermination(
          stopDelay: cluster.spec.stopDelay, smartShutdownTimeout: cluster.spec.smartShutdownTimeout))
      return
    }
    try await controlPlane.changeStatus { current in
      guard current.status?.phase == Phase.inPlacePrimaryRestart else { return nil }
      return ["phase": .string(Phase.healthy), "phaseReason": "Primary instance restarted in-place"]
    }
  }
}
