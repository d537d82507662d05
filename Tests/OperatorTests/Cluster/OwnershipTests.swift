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

@Suite("A step that fails")
struct RefusalTests {
  @Test("is a refusal to tell about where asking again does not help by itself")
  func refused() {
    let invalid = APIError(status: 422, reason: "Invalid", message: "Pod \"demo-1\" is invalid")
    #expect(invalid.refusal == "Pod \"demo-1\" is invalid")
    #expect(APIError(status: 403, reason: "Forbidden", message: "no").refusal == "no")
    let error = OperatorError.notOwned(kind: "Service", name: "demo-rw", cluster: "demo")
    #expect(error.refusal == error.description)
  }

  @Test("is none where somebody else was quicker, or the server has trouble")
  func passing() {
    #expect(APIError(status: 409, reason: "Conflict", message: "").refusal == nil)
    #expect(APIError(status: 429, reason: "TooManyRequests", message: "").refusal == nil)
    #expect(APIError(status: 503, reason: "ServiceUnavailable", message: "").refusal == nil)
    #expect(CancellationError().refusal == nil)
  }

  @Test("says what it was about")
  func steps() throws {
    let blueprint = try blueprint()
    let instance = blueprint.instance(2)
    let volume = InstanceVolume(kind: .wal, instance: instance)
    let size = try Quantity(parsing: "2Gi")
    let actions: [InstanceAction] = [
      .createPod(instance, reason: .replica), .createClaim(volume), .resizeClaim(volume, to: size),
      .deletePod(name: "demo-2", reason: .ended(phase: "Failed")), .removeInstance(instance, reason: .scaleDown),
    ]
    #expect(
      actions.map(\.description) == [
        "creating instance demo-2", "creating volume demo-2-wal", "enlarging volume demo-2-wal to 2Gi",
        "deleting pod demo-2", "removing instance demo-2",
      ])
  }

  @Test("a Cluster that is refused says which fields, never with which values")
  func admission() {
    let error = APIError(
      status: 422, reason: "Invalid", message: "secret",
      details: ["causes": [["field": "spec.a", "message": "secret"], ["field": "spec.b"]]])
    #expect(
      Admission.statusMessage(paths: error.fields)
        == "the resource failed admission validation on: spec.a, spec.b (see the operator logs for details)")
  }
}
