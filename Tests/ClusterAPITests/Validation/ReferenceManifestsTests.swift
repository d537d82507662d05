import Kubernetes
import Testing

@testable import ClusterAPI

@Suite("The reference deployment's manifests")
struct ReferenceManifestsTests {
  private static let settings = DefaultingSettings(postgresImage: "example.org/postgresql:18.1")

  @Test(
    "pass the schemas of their kinds, no field unknown",
    arguments: [
      (Cluster.schema, ReferenceManifests.cluster), (Cluster.schema, ReferenceManifests.recovered),
      (Backup.schema, ReferenceManifests.backup), (ScheduledBackup.schema, ReferenceManifests.scheduledBackup),
    ])
  func schemas(schema: Schema, manifest: JSON) {
    var dropped: [String] = []
    _ = schema.pruning(manifest, dropped: &dropped)
    #expect(dropped == [])
    #expect(schema.validate(schema.defaulting(manifest)) == [])
  }

  @Test("are accepted once defaulted, with the warnings users know")
  func cluster() {
    let cluster = Cluster.defaulted(Cluster.schema.defaulting(ReferenceManifests.cluster), settings: Self.settings)
    guard case .accepted(let warnings) = Admission.validate(kind: "Cluster", cluster) else {
      Issue.record("\(Admission.validate(kind: "Cluster", cluster))")
      return
    }
    let beginnings = [
      "spec.storage.size and spec.storage.pvcTemplate.resources.requests.storage are both specified",
      "spec.walStorage.size and spec.walStorage.pvcTemplate.resources.requests.storage are both specified",
      "spec.monitoring.enablePodMonitor is deprecated",
    ]
    #expect(warnings.count == beginnings.count)
    for (warning, beginning) in zip(warnings, beginnings) { #expect(warning.hasPrefix(beginning)) }
  }

  @Test("of the restored cluster are accepted too")
  func recovered() {
    let cluster = Cluster.defaulted(Cluster.schema.defaulting(ReferenceManifests.recovered), settings: Self.settings)
    guard case .accepted(let warnings) = Admission.validate(kind: "Cluster", cluster) else {
      Issue.record("\(Admission.validate(kind: "Cluster", cluster))")
      return
    }
    #expect(!warnings.contains { $0.contains("not acted on yet") })
  }

  @Test("of backups are accepted")
  func backups() {
    for (kind, manifest) in [
      ("Backup", ReferenceManifests.backup), ("ScheduledBackup", ReferenceManifests.scheduledBackup),
    ] {
      #expect(Admission.validate(kind: kind, manifest) == .accepted(warnings: []))
    }
  }

  @Test("survive being read and written")
  func roundTrip() throws {
    let defaulted = Cluster.schema.defaulting(ReferenceManifests.cluster)
    let cluster = try defaulted.decoded(as: Cluster.self)
    let written = try JSON(encoding: cluster)
    // Quantities may be written as numbers; they come out as text.
    let cpu: JSON = ["spec": ["resources": ["limits": ["cpu": "2"], "requests": ["cpu": "2"]]]]
    #expect(MergePatch.difference(from: defaulted, to: written) == cpu)
    #expect(try written.decoded(as: Cluster.self) == cluster)
    #expect(cluster.spec.postgresql?.parameters?["max_connections"] == "400")
    #expect(cluster.spec.resources?.limits?["memory"]?.description == "8Gi")
  }
}
