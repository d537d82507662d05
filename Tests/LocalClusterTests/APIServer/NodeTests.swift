import Certificates
import Foundation
import Kubernetes
import Logging
import NIOCore
import Synchronization
import Testing
import Web

@testable import LocalCluster

/// A node's HTTPS endpoint that answers as a test wants, and a pod that stands on it.
private func withNode(
  _ handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse, check body: (TestServer) async throws -> Void
) async throws {
  try await TestServer.with { test in
    let identity = try test.pki.identity(.node("n1", addresses: ["127.0.0.1"]))
    let tls = try ServerTLS(
      identity: ReloadableIdentity(identity), clientAuthorities: ReloadableAuthorities([test.pki.authorityPEM]),
      clientCertificate: .required)
    let node = HTTPServer(address: "127.0.0.1", port: 0, tls: tls, logger: Logger(label: "node"), handler: handler)
    try await node.listen()
    let port = try #require(node.boundPort)
    let running = Task { try await node.run() }
    defer { running.cancel() }
    _ = try await test.client.create(Node.named("n1"))
    let status: JSON = [
      "status": [
        "addresses": [["type": "InternalIP", "address": "127.0.0.1"]],
        "daemonEndpoints": ["kubeletEndpoint": ["Port": .int(Int64(port))]],
      ]
    ]
    _ = try await test.client.patch(Node.self, "n1", in: nil, .merge(status), subresource: "status")
    _ = try await test.client.create(
      Pod.named("p", in: "default") { pod in
        pod.spec = .with {
          $0.containers = [
            .with {
              $0.name = "c"
              $0.image = "a:1"
            }
          ]
        }
      })
    let binding: JSON = ["target": ["kind": "Node", "name": "n1"]]
    _ = try await test.refusal("POST", "/api/v1/namespaces/default/pods/p/binding", body: binding.text)
    try await body(test)
  }
}

@Suite(
  "A pod on a node", .timeLimit(.minutes(1)),
  .enabled(if: TestServer.kubectl != nil, "kubectl is not installed: run scripts/setup"))
struct NodeTests {
  @Test("shows its log, asked for by the API server's own certificate")
  func log() async throws {
    try await withNode { request in
      guard request.clientCertificate?.commonName == "kube-apiserver-kubelet-client",
        request.path == "/containerLogs/default/p/c", request.query("follow") == "true"
      else { return .text("\(request.path) \(request.query)", status: 500) }
      return HTTPResponse(
        status: 200, headers: ["content-type": "text/plain"],
        body: .stream { writer in
          try await writer.write("first\n")
          try await writer.write("second\n")
        })
    } check: { (test: TestServer) async throws in
      #expect(try await test.kubectl("logs", "p", "-f") == "first\nsecond\n")
      #expect(
        try await test.kubectl("logs", "p", "-c", "x", fails: true).contains("container x is not valid for pod p"))
    }
  }

  @Test("is followed by as many as like to, none waiting for another")
  func followers() async throws {
    let arrived = Mutex(0)
    try await withNode { _ in
      HTTPResponse(
        status: 200, headers: ["content-type": "text/plain"],
        body: .stream { writer in
          arrived.withLock { $0 += 1 }
          // Nobody hears anything before all are there.
          while arrived.withLock({ $0 }) < 20 { try await Task.sleep(for: .milliseconds(5)) }
          try await writer.write("line\n")
        })
    } check: { (test: TestServer) async throws in
      let answers = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<20 {
          group.addTask {
            var text = ""
            for try await line in try await test.client.log(ofPod: "p", in: "default", follow: true) {
              text += String(decoding: line, as: UTF8.self)
            }
            return text
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers == Array(repeating: "line", count: 20))
    }
  }

  /// Channel 1 is standard output, 3 the exit status (`v5.channel.k8s.io`).
  @Test("runs a command: the WebSocket goes through, with its output and its exit code")
  func exec() async throws {
    try await withNode { request in
      let command = request.query.filter { $0.name == "command" }.map(\.value)
      guard request.path == "/exec/default/p/c", command == ["echo", "a b&c"],
        request.webSocketSubprotocols.contains("v5.channel.k8s.io")
      else { return .text("\(request.path) \(request.query)", status: 400) }
      return HTTPResponse(
        body: .webSocket(subprotocol: "v5.channel.k8s.io") { socket in
          try await socket.send(binary: [1] + Array("hello\n".utf8))
          let status: JSON = [
            "metadata": [:], "status": "Failure", "reason": "NonZeroExitCode", "message": "exit code 7",
            "details": ["causes": [["reason": "ExitCode", "message": "7"]]],
          ]
          try await socket.send(binary: [3] + status.serialized())
        })
    } check: { (test: TestServer) async throws in
      let output = try await test.kubectl("exec", "p", "--", "echo", "a b&c", fails: true)
      #expect(output.hasPrefix("hello\n"))
      #expect(output.contains("exit code 7"), "\(output)")
      // kubectl tries SPDY after a WebSocket that was refused, for whatever reason.
      let refused = try await test.kubectl("exec", "p", "--", "other", fails: true)
      #expect(refused.contains("SPDY is not served"), "\(refused)")
    }
  }
}
