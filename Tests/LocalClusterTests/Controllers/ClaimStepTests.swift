import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A volume claim")
struct ClaimStepTests {
  private func storageClass(
    _ name: String = "fast", provisioner: String = ClaimStep.provisioner, mode: String = "Immediate",
    isDefault: Bool = false, expansion: Bool = true
  ) -> StorageClass {
    .named(name) {
      $0.provisioner = provisioner
      $0.volumeBindingMode = mode
      $0.allowVolumeExpansion = expansion
      if isDefault { $0.metadata.annotations = [ClaimStep.defaultClass: "true"] }
    }
  }

  private func volume(
    _ name: String, gibibytes: Int = 1, claim: PersistentVolumeClaim? = nil, phase: String = "Available",
    storageClass: String = "fast"
  ) -> PersistentVolume {
    .named(name) {
      $0.spec = .with {
        $0.accessModes = ["ReadWriteOnce"]
        $0.capacity = ["storage": Quantity(gibibytes << 30, .binary)]
        $0.storageClassName = storageClass
        if let claim {
          $0.claimRef = .with { ($0.namespace, $0.name, $0.uid) = (claim.namespace, claim.name, claim.uid) }
        }
      }
      $0.status = .with { $0.phase = phase }
    }
  }

  private func next(
    _ claim: PersistentVolumeClaim, _ volumes: [PersistentVolume] = [], _ classes: [StorageClass]? = nil,
    pods: [Pod] = []
  ) -> ClaimStep {
    ClaimStep.next(for: claim, volumes: volumes, classes: classes ?? [storageClass()], pods: pods)
  }

  private func bound() -> (PersistentVolumeClaim, PersistentVolume) {
    var claim = Fixture.claim("data", volume: "pv")
    claim.metadata.annotations = [ClaimStep.bindCompleted: "yes"]
    claim.status?.capacity = ["storage": Quantity(1 << 30, .binary)]
    return (claim, volume("pv", claim: claim, phase: "Bound"))
  }

  @Test("is protected before anything else")
  func protection() {
    var claim = Fixture.claim("data")
    claim.metadata.finalizers = nil
    #expect(next(claim) == .addFinalizer)
  }

  @Test("is let go when no running pod uses it")
  func deletion() {
    var claim = Fixture.claim("data")
    claim.metadata.deletionTimestamp = "2026-11-23T09:00:00Z"
    let user = Fixture.pod("p", on: "a") { $0.mount(claim: "data") }
    #expect(next(claim, pods: [user]) == .nothing)
    let ended = Fixture.pod("p", on: "a", phase: "Succeeded") { $0.mount(claim: "data") }
    #expect(next(claim, pods: [ended]) == .removeFinalizer)
  }

  @Test("gets a volume of its class, or says what keeps it")
  func provisioning() {
    #expect(next(Fixture.claim("data")) == .provision(storageClass: "fast"))
    #expect(
      next(Fixture.claim("data"), [], [storageClass("slow")])
        == .wait(
          reason: "ProvisioningFailed", message: "storageclass.storage.k8s.io \"fast\" not found; there are: slow",
          isWarning: true))
    var placed = Fixture.claim("data")
    let waiting = [storageClass(mode: "WaitForFirstConsumer")]
    guard case .wait("WaitForFirstConsumer", _, false) = next(placed, [], waiting) else {
      Issue.record("expected to wait for the first consumer")
      return
    }
    placed.metadata.annotations = [VolumePlacement.selectedNode: "node-1"]
    #expect(next(placed, [], waiting) == .provision(storageClass: "fast"))
  }

  @Test("without a class gets the default one")
  func defaultClass() {
    let claim = Fixture.claim("data", storageClass: nil)
    #expect(next(claim, [], [storageClass("a"), storageClass("b", isDefault: true)]) == .setClass("b"))
    guard case .wait("FailedBinding", _, false) = next(claim, [], [storageClass("a")]) else {
      Issue.record("expected to wait")
      return
    }
  }

  @Test("takes the volume made for it, else the smallest free one that is large enough")
  func matching() {
    let claim = Fixture.claim("data")
    let volumes = [volume("large", gibibytes: 4), volume("right", gibibytes: 2), volume("other", storageClass: "slow")]
    #expect(next(claim, volumes) == .bind(volume: "right"))
    #expect(next(claim, volumes + [volume("reserved", gibibytes: 9, claim: claim)]) == .bind(volume: "reserved"))
    // A namesake's volume is not its own.
    var namesake = claim
    namesake.metadata.uid = "earlier"
    #expect(next(claim, [volume("theirs", claim: namesake)]) == .provision(storageClass: "fast"))
  }

  @Test("rests when bound, grows on request, and is lost with its volume")
  func bindings() {
    var (claim, volume) = bound()
    #expect(next(claim, [volume]) == .nothing)
    #expect(next(claim, []) == .lost(message: "Bound claim has lost its PersistentVolume. Data on the volume is lost!"))
    claim.spec?.resources?.requests = ["storage": Quantity(2 << 30, .binary)]
    #expect(next(claim, [volume]) == .expand(volume: "pv"))
    guard case .wait("VolumeResizeFailed", _, true) = next(claim, [volume], [storageClass(expansion: false)]) else {
      Issue.record("expected a refusal")
      return
    }
    volume.spec?.capacity = ["storage": Quantity(2 << 30, .binary)]
    #expect(next(claim, [volume]) == .expand(volume: "pv"))
    claim.status?.capacity = ["storage": Quantity(2 << 30, .binary)]
    #expect(next(claim, [volume]) == .nothing)
  }

  @Test("finishes a binding that was interrupted")
  func interrupted() {
    let (claim, volume) = bound()
    var unfinished = claim
    unfinished.metadata.annotations = nil
    #expect(next(unfinished, [volume]) == .bind(volume: "pv"))
    var pending = volume
    pending.status?.phase = "Available"
    #expect(next(claim, [pending]) == .bind(volume: "pv"))
  }
}
