import ClusterAPI
import PostgreSQL

extension InstanceController {
  /// Copies the primary's physical slots, every `spec.replicationSlots.updateInterval` seconds.
  func copySlots(_ cluster: Cluster) async throws {
    let interval = Duration.seconds(cluster.spec.replicationSlots?.updateInterval ?? 30)
    if let slotsCopied, ContinuousClock.now - slotsCopied < interval { return }
    let primary = try await withPrimary(await sourceConnection(cluster)) { connection in
      let result = try await connection.query(Self.slotQuery)
      return try Self.slots(result)
    }
    let local = try Self.slots(try await session.query(Self.slotQuery))
    let plan = SlotCopyPlan(
      primary: primary, local: local, rules: SlotCopyPlan.Rules(cluster, instance: environment.instance))
    for name in plan.drop {
      try await session.query(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active",
        [name])
    }
    for slot in plan.create {
      try await session.query(
        "SELECT pg_create_physical_replication_slot($1, $2::bool)", [slot.name, slot.restart == nil ? "f" : "t"])
    }
    for slot in plan.advance {
      try await session.query(
        "SELECT pg_replication_slot_advance($1, $2::pg_lsn)", [slot.name, slot.restart?.description])
    }
    slotsCopied = .now
  }

  private static let slotQuery = """
    SELECT slot_name, restart_lsn, xmin IS NOT NULL AS holds_rows FROM pg_replication_slots
    WHERE slot_type = 'physical' AND NOT temporary ORDER BY slot_name
    """

  private static func slots(_ result: QueryResult) throws -> [PhysicalSlot] {
    try result.rows.map { row in
      PhysicalSlot(
        name: try row.value("slot_name"), restart: try row.optional("restart_lsn"),
        holdsRows: try row.value("holds_rows"))
    }
  }
}
