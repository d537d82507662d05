import Foundation
import Kubernetes
import Processes
import Testing

@testable import LocalCluster

@Suite("Services", .serialized, .timeLimit(.minutes(2)))
struct ServiceTests {
  private func service(_ name: String, port: Int, target: Int, type: String = "LoadBalancer") -> Kubernetes.Service {
    .named(name, in: "default") {
      $0.spec = .with {
        $0.type = type
        $0.selector = ["role": "primary"]
        $0.ports = [.with { ($0.port, $0.targetPort) = (port, .int(target)) }]
      }
    }
  }

  private func ingress(_ name: String, _ plane: TestControlPlane) async throws -> LoadBalancerIngress? {
    try await plane.client.get(Kubernetes.Service.self, name, in: "default").status?.loadBalancer?.ingress?.first
  }

  /// A port that nobody listens on just now.
  private func freePort() throws -> Int {
    let socket = try TestSocket.listening(on: "127.0.0.1")
    defer { socket.close() }
    return socket.port
  }

  @Test("lead to ready pods with their labels, and a connection ends when another pod takes the label over")
  func relabelled() async throws {
    let server = try TestSocket.listening(on: "127.64.1.1")
    defer { server.close() }
    let (target, port) = (server.port, try freePort())
    try await TestControlPlane.with { plane in
      let client = plane.client
      try await plane.addNode("a")
      _ = try await client.create(plane.pod("db", labels: ["role": "primary"]))
      try await plane.until("the pod is placed") { try await plane.node(of: "db") == "a" }
      try await plane.start(try await client.get(Pod.self, "db", in: "default"))
      _ = try await client.create(plane.pod("next"))
      try await plane.until("the other pod is placed") { try await plane.node(of: "next") == "a" }
      try await plane.start(try await client.get(Pod.self, "next", in: "default"), address: "127.64.1.2")
      _ = try await client.create(service("db", port: port, target: target))
      try await plane.until("the load balancer listens") { try await ingress("db", plane)?.ip == "127.0.0.1" }
      try await plane.until("a slice has the pod") {
        let slices = try await client.list(
          EndpointSlice.self, in: "default", labels: "kubernetes.io/service-name=db"
        ).items
        return slices.first?.endpoints?.first?.addresses == ["127.64.1.1"]
      }
      let address = try #require(try await client.get(Kubernetes.Service.self, "db", in: "default").spec?.clusterIP)
      let (connection, accepted) = try await Blocking.run {
        let inside = try TestSocket.connected(to: address, port: port)
        try server.accepted().close()
        #expect(try inside.isCut())
        inside.close()
        let connection = try TestSocket.connected(to: "127.0.0.1", port: port)
        return (connection, try server.accepted())
      }
      _ = try await client.patch(
        Pod.self, "db", in: "default", .merge(["metadata": ["labels": ["role": "replica"]]]))
      try await plane.until("the slice is empty") {
        let slices = try await client.list(
          EndpointSlice.self, in: "default", labels: "kubernetes.io/service-name=db"
        ).items
        return slices.first?.endpoints?.isEmpty ?? true
      }
      // Who is connected stays until there is somebody else to go to.
      let heard = try await Blocking.run {
        try accepted.write("x")
        return try connection.read()
      }
      #expect(heard == Array("x".utf8))
      let began = ContinuousClock.now
      _ = try await client.patch(
        Pod.self, "next", in: "default", .merge(["metadata": ["labels": ["role": "primary"]]]))
      #expect(try await Blocking.run { try connection.isCut() })
      // Long before anybody's timeout.
      #expect(ContinuousClock.now - began < .seconds(10))
      connection.close()
      accepted.close()
    }
  }

  @Test("that want a taken port stay pending, say who has it, and get it when it is free")
  func contention() async throws {
    let port = try freePort()
    try await TestControlPlane.with { plane in
      let client = plane.client
      _ = try await client.create(service("first", port: port, target: 1))
      try await plane.until("the first listens") { try await ingress("first", plane) != nil }
      _ = try await client.create(service("second", port: port, target: 1))
      try await plane.until("the second is told") {
        try await plane.events(about: "second").contains {
          $0.reason == "SyncLoadBalancerFailed" && $0.message?.contains("the service default/first has it") == true
        }
      }
      #expect(try await ingress("second", plane) == nil)
      try await client.delete(Kubernetes.Service.self, "first", in: "default")
      try await plane.until("the second listens") { try await ingress("second", plane) != nil }
      // No load balancer any more: its address goes from the status.
      _ = try await client.patch(
        Kubernetes.Service.self, "second", in: "default", .merge(["spec": ["type": "ClusterIP"]]))
      try await plane.until("the address is gone") { try await ingress("second", plane) == nil }
    }
  }

  @Test("tell which program has the port, and try again")
  func foreignProgram() async throws {
    let occupant = try TestSocket.listening(on: "127.0.0.1")
    let port = occupant.port
    try await TestControlPlane.with { plane in
      _ = try await plane.client.create(service("db", port: port, target: 1))
      try await plane.until("an event names the process") {
        try await plane.events(about: "db").contains {
          $0.message?.contains("(process \(ProcessInfo.processInfo.processIdentifier)) listens there") == true
        }
      }
      #expect(try await ingress("db", plane) == nil)
      occupant.close()
      try await plane.until("it listens once the port is free") { try await ingress("db", plane) != nil }
    }
  }

  @Test("tell who keeps them from their own address, such as a server that listens on every address, and try again")
  func foreignWildcard() async throws {
    let occupant = try TestSocket.listening(on: "0.0.0.0")
    let port = occupant.port
    try await TestControlPlane.with { plane in
      _ = try await plane.client.create(service("db", port: port, target: 1, type: "ClusterIP"))
      try await plane.until("an event names the process") {
        try await plane.events(about: "db").contains {
          $0.reason == "CannotListen"
            && $0.message?.contains("(process \(ProcessInfo.processInfo.processIdentifier)) listens there") == true
        }
      }
      let address = try #require(
        try await plane.client.get(Kubernetes.Service.self, "db", in: "default").spec?.clusterIP)
      occupant.close()
      try await plane.until("it listens once the port is free") {
        (try? await Blocking.run { try TestSocket.connected(to: address, port: port).close() }) != nil
      }
    }
  }
}
