import ClusterAPI
import PostgreSQL

/// A physical replication slot.
struct PhysicalSlot: Sendable, Equatable {
  var name: String
  /// The oldest write-ahead log it keeps; nil when it keeps none yet.
  var restart: LSN?
  /// It keeps rows from being vacuumed, which a copy must not.
  var holdsRows = false
}

/// What a standby does so that its slots are like the primary's: whoever is promoted then still has the write-ahead log
/// that the others wait for.
struct SlotCopyPlan: Sendable, Equatable {
  var create: [PhysicalSlot] = []
  /// To the position given.
  var advance: [PhysicalSlot] = []
  var drop: [String] = []

  /// Which slots are copied.
  struct Rules: Sendable {
    /// The standby's own slot on the primary.
    var ownSlot: String?
    /// Beginning of the instances' slots; nil when there are none.
    var prefix: String?
    var copiesUserSlots: Bool
    /// Regular expressions for users' slots that are left out.
    var excluded: [String]

    init(_ cluster: Cluster, instance: String) {
      ownSlot = cluster.highAvailabilitySlot(of: instance)
      prefix = cluster.highAvailabilitySlotPrefix
      let synchronized = cluster.spec.replicationSlots?.synchronizeReplicas
      copiesUserSlots = synchronized?.enabled ?? true
      excluded = synchronized?.excludePatterns ?? []
    }

    func copies(_ slot: PhysicalSlot) -> Bool {
      if slot.name == ownSlot { return false }
      if let prefix, slot.name.hasPrefix(prefix) { return slot.restart != nil }
      guard copiesUserSlots else { return false }
      return !excluded.contains { pattern in
        (try? Regex(pattern)).map { slot.name.firstMatch(of: $0) != nil } ?? false
      }
    }
  }

  init(primary: [PhysicalSlot], local: [PhysicalSlot], rules: Rules) {
    let known = Dictionary(local.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    let wanted = primary.filter(rules.copies)
    // A slot that has never kept anything cannot be moved (`pg_replication_slot_advance`): a former primary has such ones, of
    // standbys that never came.
    func isUseless(_ copy: PhysicalSlot, for slot: PhysicalSlot) -> Bool {
      copy.holdsRows || (copy.restart == nil && slot.restart != nil)
    }
    for slot in wanted {
      guard let copy = known[slot.name], !isUseless(copy, for: slot) else {
        create.append(slot)
        continue
      }
      // A slot only moves forward.
      if let target = slot.restart, target > copy.restart ?? LSN(0) { advance.append(slot) }
    }
    let sources = Dictionary(wanted.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    drop = local.filter { copy in sources[copy.name].map { isUseless(copy, for: $0) } ?? true }.map(\.name).sorted()
  }
}
