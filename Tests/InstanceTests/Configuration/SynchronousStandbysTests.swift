import ClusterAPI
import PostgreSQL
import Testing

@testable import Instance

@Suite struct DesiredSynchronousStandbysTests {
  private func cluster(healthy: [String], _ fill: (inout ClusterSpec) -> Void) -> Cluster {
    var cluster = Cluster.named("pg")
    fill(&cluster.spec)
    cluster.status = .with {
      $0.instanceNames = ["pg-1", "pg-2", "pg-3"]
      $0.instancesStatus = ["healthy": healthy]
    }
    return cluster
  }

  private func legacy(healthy: [String], minimum: Int, maximum: Int) -> String? {
    SynchronousStandbys.desired(
      cluster(healthy: healthy) { spec in
        spec.minSyncReplicas = minimum
        spec.maxSyncReplicas = maximum
      }, primary: "pg-1")?.parameterValue
  }

  @Test func theReferenceClusterNeedsOneOfBothStandbys() {
    #expect(legacy(healthy: ["pg-1", "pg-3", "pg-2"], minimum: 1, maximum: 1) == "ANY 1 (\"pg-2\",\"pg-3\")")
  }

  @Test func theLegacyFieldsRelaxThemselves() {
    #expect(legacy(healthy: ["pg-1", "pg-3"], minimum: 1, maximum: 2) == "ANY 1 (\"pg-3\")")
    #expect(legacy(healthy: ["pg-1"], minimum: 1, maximum: 1) == nil)
    #expect(legacy(healthy: ["pg-1", "pg-2"], minimum: 0, maximum: 2) == nil)
  }

  private func modern(healthy: [String], _ fill: (inout SynchronousReplication) -> Void) -> String? {
    SynchronousStandbys.desired(
      cluster(healthy: healthy) { spec in
        spec.postgresql = .with { $0.synchronous = .with { fill(&$0) } }
      }, primary: "pg-1")?.parameterValue
  }

  @Test func requiredDurabilityNeverRelaxes() {
    #expect(
      modern(healthy: ["pg-1", "pg-3"]) { $0.number = 2 } == "ANY 2 (\"pg-3\",\"pg-2\",\"pg-1\")")
    #expect(
      modern(healthy: ["pg-1"]) {
        $0.number = 1
        $0.method = .first
        $0.maxStandbyNamesFromCluster = 1
        $0.standbyNamesPre = ["far"]
      } == "FIRST 1 (\"far\",\"pg-2\")")
    #expect(
      modern(healthy: []) {
        $0.number = 1
        $0.maxStandbyNamesFromCluster = 0
      } == "ANY 1 (\"pg-placeholder\")")
  }

  @Test func preferredDurabilityShrinksWithTheHealthy() {
    #expect(
      modern(healthy: ["pg-1", "pg-2"]) {
        $0.number = 2
        $0.dataDurability = .preferred
      } == "ANY 1 (\"pg-2\")")
    #expect(
      modern(healthy: ["pg-1"]) {
        $0.number = 1
        $0.dataDurability = .preferred
      } == nil)
  }
}
