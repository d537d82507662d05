import ClusterAPI
import PostgreSQL
import Testing

@testable import Instance

@Suite struct SlotCopyPlanTests {
  private func plan(
    _ primary: [PhysicalSlot], _ local: [PhysicalSlot], _ fill: (inout ReplicationSlotsConfiguration) -> Void = { _ in }
  ) -> SlotCopyPlan {
    var slots = ReplicationSlotsConfiguration()
    fill(&slots)
    let cluster = Cluster.named("pg") { $0.spec.replicationSlots = slots }
    return SlotCopyPlan(primary: primary, local: local, rules: .init(cluster, instance: "pg-2"))
  }

  private func slot(_ name: String, _ position: UInt64?) -> PhysicalSlot {
    PhysicalSlot(name: name, restart: position.map { LSN($0) })
  }

  @Test func everyOtherSlotIsCopied() {
    let plan = plan([slot("_cnpg_pg_2", 5), slot("_cnpg_pg_3", 5), slot("mine", 7), slot("idle", nil)], [])
    #expect(plan.create == [slot("_cnpg_pg_3", 5), slot("mine", 7), slot("idle", nil)])
    #expect(plan.drop.isEmpty)
  }

  @Test func anInstancesSlotThatKeepsNothingIsNotCopied() {
    #expect(plan([slot("_cnpg_pg_3", nil)], []).create.isEmpty)
  }

  @Test func copiesOnlyMoveForward() {
    let plan = plan(
      [slot("a", 9), slot("b", 5), slot("c", nil)], [slot("a", 5), slot("b", 5), slot("c", 1)])
    #expect(plan.advance == [slot("a", 9)])
    #expect(plan.create.isEmpty && plan.drop.isEmpty)
  }

  @Test func aSlotThatHasNeverKeptAnythingIsMadeAnew() {
    let plan = plan([slot("_cnpg_pg_3", 9), slot("idle", nil)], [slot("_cnpg_pg_3", nil), slot("idle", nil)])
    #expect(plan.drop == ["_cnpg_pg_3"])
    #expect(plan.create == [slot("_cnpg_pg_3", 9)])
    #expect(plan.advance.isEmpty)
  }

  @Test func whatIsGoneOrOwnOrHoldsRowsIsDropped() {
    var holding = slot("a", 5)
    holding.holdsRows = true
    let plan = plan([slot("a", 5), slot("_cnpg_pg_2", 5)], [holding, slot("gone", 1), slot("_cnpg_pg_2", 1)])
    #expect(plan.drop == ["_cnpg_pg_2", "a", "gone"])
    #expect(plan.create == [slot("a", 5)])
  }

  @Test func usersSlotsCanBeLeftOut() {
    let primary = [slot("_cnpg_pg_3", 5), slot("tmp_1", 5), slot("mine", 5)]
    let excluded = plan(primary, []) { $0.synchronizeReplicas = .with { $0.excludePatterns = ["^tmp_"] } }
    #expect(excluded.create.map(\.name) == ["_cnpg_pg_3", "mine"])
    let off = plan(primary, [slot("mine", 1)]) { $0.synchronizeReplicas = .with { $0.enabled = false } }
    #expect(off.create.map(\.name) == ["_cnpg_pg_3"])
    #expect(off.drop == ["mine"])
  }

  @Test func withoutHighAvailabilitySlotsNoneOfThemStay() {
    let plan = plan([slot("mine", 5)], [slot("_cnpg_pg_3", 5), slot("mine", 5)]) {
      $0.highAvailability = .with { $0.enabled = false }
    }
    #expect(plan.drop == ["_cnpg_pg_3"])
  }
}
