import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("Volumes", .serialized, .timeLimit(.minutes(2)))
struct PersistentVolumeTests {
  private func claim(_ name: String, size: String = "1Gi", storageClass: String? = nil) throws -> PersistentVolumeClaim
  {
    let quantity = try Quantity(parsing: size)
    return .named(name, in: "default") {
      $0.spec = .with {
        $0.accessModes = ["ReadWriteOnce"]
        $0.storageClassName = storageClass
        $0.resources = .with { $0.requests = ["storage": quantity] }
      }
    }
  }

  private func bound(_ name: String, _ plane: TestControlPlane) async throws -> PersistentVolumeClaim {
    try await plane.eventually("the claim \(name) is bound") {
      let claim = try await plane.client.find(PersistentVolumeClaim.self, name, in: "default")
      return claim?.status?.phase == "Bound" ? claim : nil
    }
  }

  @Test("are made for claims, grow, stay while a pod uses them, and go with their data")
  func life() async throws {
    try await TestControlPlane.with { plane in
      let client = plane.client
      let new = try await client.create(try claim("data"))
      #expect(new.metadata.finalizers == [ClaimStep.claimProtection])
      let claim = try await bound("data", plane)
      #expect(claim.spec?.storageClassName == "standard")
      let name = try #require(claim.spec?.volumeName)
      let path = "\(plane.volumes)/\(name)"
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o700)
      try Data("rows".utf8).write(to: URL(filePath: "\(path)/table"))

      _ = try await client.patch(
        PersistentVolumeClaim.self, "data", in: "default",
        .merge(["spec": ["resources": ["requests": ["storage": "2Gi"]]]]))
      try await plane.until("it has grown") {
        try await bound("data", plane).status?.capacity?["storage"] == Quantity(2 << 30)
      }

      try await plane.addNode("a")
      _ = try await client.create(plane.pod("user") { $0.mount(claim: "data") })
      try await plane.until("a pod uses it") { try await plane.node(of: "user") == "a" }
      try await client.delete(PersistentVolumeClaim.self, "data", in: "default")
      try await Task.sleep(for: .milliseconds(300))
      #expect(try await client.find(PersistentVolumeClaim.self, "data", in: "default") != nil)
      try await client.delete(Pod.self, "user", in: "default", gracePeriod: 0)
      try await plane.until("claim, volume and directory are gone") {
        let claim = try await client.find(PersistentVolumeClaim.self, "data", in: "default")
        let volume = try await client.find(PersistentVolume.self, name)
        let rest = try FileManager.default.contentsOfDirectory(atPath: plane.volumes)
        return claim == nil && volume == nil && rest.isEmpty
      }
    }
  }

  @Test("that are to be kept are kept")
  func retained() async throws {
    try await TestControlPlane.with { plane in
      let client = plane.client
      _ = try await client.create(
        StorageClass.named("keep") { ($0.provisioner, $0.reclaimPolicy) = (ClaimStep.provisioner, "Retain") })
      _ = try await client.create(try claim("data", storageClass: "keep"))
      let name = try #require(try await bound("data", plane).spec?.volumeName)
      try await client.delete(PersistentVolumeClaim.self, "data", in: "default")
      try await plane.until("the volume is released") {
        try await client.find(PersistentVolume.self, name)?.status?.phase == "Released"
      }
      #expect(FileManager.default.fileExists(atPath: "\(plane.volumes)/\(name)"))
      try await client.delete(PersistentVolume.self, name)
      try await plane.until("the volume can be deleted") { try await client.find(PersistentVolume.self, name) == nil }
      #expect(FileManager.default.fileExists(atPath: "\(plane.volumes)/\(name)"))
    }
  }

  @Test("that wait for their first consumer are made for the pod's node")
  func firstConsumer() async throws {
    try await TestControlPlane.with { plane in
      let client = plane.client
      _ = try await client.create(
        StorageClass.named("late") {
          ($0.provisioner, $0.volumeBindingMode) = (ClaimStep.provisioner, "WaitForFirstConsumer")
        })
      _ = try await client.create(try claim("data", storageClass: "late"))
      try await plane.until("the claim says what it waits for") {
        try await plane.events(about: "data").contains { $0.reason == "WaitForFirstConsumer" }
      }
      try await plane.addNode("a")
      _ = try await client.create(plane.pod("user") { $0.mount(claim: "data") })
      try await plane.until("the pod is placed") { try await plane.node(of: "user") == "a" }
      #expect(try await bound("data", plane).annotations[VolumePlacement.selectedNode] == "a")
    }
  }

  @Test("whose directory vanishes are reported, and never made anew in silence")
  func vanished() async throws {
    try await TestControlPlane.with { plane in
      _ = try await plane.client.create(try claim("data"))
      let name = try #require(try await bound("data", plane).spec?.volumeName)
      try FileManager.default.removeItem(atPath: "\(plane.volumes)/\(name)")
      try await plane.until("an event says so") {
        try await plane.events(about: "data").contains { $0.reason == "VolumeDirectoryMissing" && $0.type == "Warning" }
      }
      #expect(!FileManager.default.fileExists(atPath: "\(plane.volumes)/\(name)"))
    }
  }

  @Test("of a class that does not exist are reported with those that do")
  func unknownClass() async throws {
    try await TestControlPlane.with { plane in
      _ = try await plane.client.create(try claim("data", storageClass: "gold"))
      try await plane.until("an event names them") {
        try await plane.events(about: "data").contains {
          $0.message?.contains("\"gold\" not found; there are: managed-csi-premium, standard") == true
        }
      }
    }
  }
}
