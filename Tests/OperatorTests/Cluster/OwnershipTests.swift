import ClusterAPI
import Kubernetes
import Testing

@testable import Operator

@Suite("An object of a name that a Cluster wants")
struct OwnershipTests {
  private func claim(
    kind: String = "Service", orphans: Ownership.Orphans = .refused, _ owner: (inout OwnerReference) -> Void
  ) throws -> Bool {
    let blueprint = try blueprint()
    var reference = blueprint.owner
    owner(&reference)
    let metadata = ObjectMeta.with { $0.ownerReferences = [reference] }
    return try Ownership(metadata, cluster: blueprint.cluster).claim(
      kind, "demo-rw", for: blueprint.cluster, orphans: orphans)
  }

  @Test("is its own where it controls it")
  func own() throws {
    #expect(try claim { _ in })
  }

  @Test("is never touched where nothing controls it: somebody made it")
  func orphan() throws {
    let error = #expect(throws: OperatorError.self) { try claim { $0.controller = nil } }
    #expect(
      error?.description
        == "refusing to reconcile service: demo-rw, not owned by the cluster demo: "
        + "rename or delete the Service, or give the Cluster another name")
  }

  @Test("is adopted, or kept without an owner, where that is how its kind is made beforehand")
  func orphanPolicies() throws {
    #expect(try claim(orphans: .adopted) { $0.controller = false })
    #expect(try !claim(orphans: .shared) { $0.controller = false })
  }

  @Test("is never touched where something else controls it, whatever is done with those of nobody")
  func foreign() throws {
    let other: (inout OwnerReference) -> Void = {
      $0.kind = "Deployment"
      $0.apiVersion = "apps/v1"
      $0.name = "web"
      $0.uid = "other"
    }
    let error = #expect(throws: OperatorError.self) { try claim(kind: "Lease", orphans: .adopted, other) }
    #expect(error?.description.contains("not owned by the cluster demo but by Deployment web") == true)
    #expect(error?.eventReason == "PrimaryLeaseConflict")
    #expect(throws: OperatorError.self) { try claim(orphans: .shared, other) }
  }

  @Test("is waited for where it belongs to a Cluster that had the name before")
  func predecessor() throws {
    let error = #expect(throws: OperatorError.self) { try claim { $0.uid = "earlier" } }
    #expect(error == .leftOver(kind: "Service", name: "demo-rw", cluster: "demo"))
    #expect(error?.eventReason == "ReconciliationFailed")
  }
}
