import ClusterAPI
import Kubernetes
import PostgreSQL

extension InstanceController {
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
      let wanted = files.parameters(Self.parameterFile) ?? [:]
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

  static let standbySensitive: Set<String> = [
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
