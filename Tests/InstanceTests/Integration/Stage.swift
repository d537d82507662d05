import ClusterAPI
import Foundation
import Kubernetes
import Synchronization
import Testing

@testable import Instance

/// A Cluster with what belongs to it, for the instances of a test.
final class Stage: Sendable {
  private let instances = Mutex<[TestInstance]>([])
  let binaries: String
  let directory: String
  let controlPlane: FakeControlPlane

  /// Hands a stage with its first instance to `body`, and stops what ran on it, however that ends.
  static func with(
    _ binaries: String, _ edit: JSON = [:], _ body: (Stage, TestInstance) async throws -> Void
  ) async throws {
    let stage = try Stage(binaries, edit)
    defer { try? FileManager.default.removeItem(atPath: stage.directory) }
    do {
      try await body(stage, try stage.instance("pg-1"))
    } catch {
      Issue.record(error)
    }
    for instance in stage.instances.withLock({ $0 }).reversed() {
      try await instance.stop()
      for line in instance.logText.split(separator: "\n") {
        #expect((try? JSON(parsing: Array(line.utf8)))?.objectValue != nil, "every line is a JSON object: \(line)")
      }
    }
  }

  /// - Parameters:
  ///   - edit: a merge patch for the Cluster.
  ///   - directory: where the instances are; nil makes one.
  init(_ binaries: String, _ edit: JSON = [:], directory: String? = nil) throws {
    self.binaries = binaries
    self.directory = directory ?? "/tmp/mi-\(UUID().uuidString.prefix(6))"
    var cluster = Cluster.named("pg", in: "db")
    cluster.spec.stopDelay = 30
    cluster.spec.smartShutdownTimeout = 0
    cluster.spec.bootstrap = .with {
      $0.initdb = .with {
        $0.database = "appdb"
        $0.owner = "app"
      }
    }
    cluster.status = .with {
      $0.targetPrimary = "pg-1"
      $0.instanceNames = ["pg-1", "pg-2"]
      $0.instancesReportedState = [
        "pg-1": .with { $0.ip = Sandbox.primaryAddress }, "pg-2": .with { $0.ip = Sandbox.standbyAddress },
      ]
    }
    controlPlane = try FakeControlPlane(cluster)
    try controlPlane.edit(edit)
    try controlPlane.putCertificates()
    let owner = controlPlane.cluster?.spec.bootstrap?.initdb?.owner
    try controlPlane.put("pg-app", ["username": owner ?? "", "password": "secret"])
    try Sandbox.setPrimary(Sandbox.primaryAddress)
  }

  /// An instance manager that starts; on the data of one of the same name, if that has ended.
  func instance(_ name: String) throws -> TestInstance {
    let instance = try TestInstance(
      name, address: name == "pg-1" ? Sandbox.primaryAddress : Sandbox.standbyAddress, directory: directory,
      binaries: binaries, controlPlane: controlPlane)
    instances.withLock { $0.append(instance) }
    return instance
  }

  /// Stops an instance manager, and starts another in its place, which remembers nothing.
  func replace(_ instance: TestInstance) async throws -> TestInstance {
    try await instance.stop()
    return try self.instance(instance.name)
  }

  func set(_ parameters: JSON) throws { try controlPlane.edit(["spec": ["postgresql": ["parameters": parameters]]]) }
}

extension TestInstance {
  /// Waits until this instance has made the cluster's data and said so.
  func leads(_ stage: Stage) async throws {
    try await eventually("\(name) is the primary") { stage.controlPlane.cluster?.status?.currentPrimary == name }
  }
}

extension FakeControlPlane {
  var condition: Condition? { cluster?.status?.conditions?.first { $0.type == "ConfigurationApplied" } }

  /// Whether the condition says that the configuration is in force.
  var isApplied: Bool { condition?.status != "False" }
}
