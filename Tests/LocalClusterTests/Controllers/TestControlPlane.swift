import Foundation
import Kubernetes
import Logging
import Testing

@testable import LocalCluster

/// An API server with the scheduler, the controllers and the service proxy, without nodes: tests play the kubelet.
struct TestControlPlane {
  let server: TestServer
  var client: KubernetesClient { server.client }
  var volumes: String { "\(server.folder)/volumes" }

  static func with(
    nodeGracePeriod: Duration = .seconds(40), _ body: (TestControlPlane) async throws -> Void
  ) async throws {
    try await TestServer.with { server in
      let plane = TestControlPlane(server: server)
      try FileManager.default.createDirectory(atPath: plane.volumes, withIntermediateDirectories: true)
      var logger = Logger(label: "test")
      logger.logLevel = .critical
      let settings = ControllerSettings(
        volumesDirectory: plane.volumes, authorityPEM: server.pki.authorityPEM, nodeGracePeriod: nodeGracePeriod,
        orphanQuarantine: .milliseconds(500))
      let caches = ClusterCaches(server.client, logger: logger)
      let manager = ControllerManager(settings: settings, client: server.client, caches: caches, logger: logger)
      let scheduler = SchedulerService(client: server.client, caches: caches, logger: logger)
      let proxy = ServiceProxy(
        settings: try ServiceProxySettings(), client: server.client, caches: caches, logger: logger)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await caches.run() }
        group.addTask { await manager.run() }
        group.addTask { await scheduler.run() }
        group.addTask { await proxy.run() }
        defer { group.cancelAll() }
        try await body(plane)
      }
    }
  }

  /// Waits until `body` gives a value.
  func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(15), _ body: () async throws -> Value?
  ) async throws -> Value {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
      if let value = try await body() { return value }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw TimedOut(what: what)
  }

  func until(_ what: String, within limit: Duration = .seconds(15), _ body: () async throws -> Bool) async throws {
    _ = try await eventually(what, within: limit) { try await body() ? true : nil }
  }

  struct TimedOut: Error, CustomStringConvertible {
    let what: String
    var description: String { "waited in vain until \(what)" }
  }

  // MARK: What nodes do

  func addNode(_ name: String, zone: String = "1") async throws {
    _ = try await client.create(
      Node.named(name) {
        $0.metadata.labels = ["kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone]
      })
    let status: JSON = [
      "status": [
        "allocatable": ["cpu": "4", "memory": "8Gi", "pods": "20"],
        "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": "2026-11-23T09:00:00Z"]],
      ]
    ]
    _ = try await client.patch(Node.self, name, in: nil, .strategic(status), subresource: "status")
  }

  /// Says that a pod runs.
  func start(_ pod: Pod, address: String = "127.64.1.1", ready: Bool = true) async throws {
    let status: JSON = [
      "status": [
        "phase": "Running", "podIP": .string(address), "podIPs": [["ip": .string(address)]],
        "conditions": [
          [
            "type": "Ready", "status": ready ? "True" : "False",
            "lastTransitionTime": .string(Date.now.kubernetesTime),
          ]
        ],
      ]
    ]
    _ = try await client.patch(Pod.self, pod.name, in: pod.namespace, .strategic(status), subresource: "status")
  }

  func pod(_ name: String, labels: [String: String] = [:], _ fill: (inout PodSpec) -> Void = { _ in }) -> Pod {
    .named(name, in: "default") {
      $0.metadata.labels = labels
      var spec = PodSpec()
      spec.containers = [.with { ($0.name, $0.image) = ("main", "postgres") }]
      fill(&spec)
      $0.spec = spec
    }
  }

  func node(of pod: String) async throws -> String? {
    try await client.find(Pod.self, pod, in: "default")?.spec?.nodeName
  }

  func events(about name: String) async throws -> [Event] {
    try await client.list(Event.self, fields: "involvedObject.name=\(name)").items
  }
}
