import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("kubectl", .enabled(if: TestServer.kubectl != nil, "kubectl is not installed: run scripts/setup"))
struct KubectlTests {
  @Test("finds the namespaces and the Service kubernetes that every cluster has")
  func bootstrap() async throws {
    try await TestServer.with { test in
      let namespaces = try await test.kubectl("get", "ns", "-o", "name")
      #expect(
        namespaces.split(separator: "\n") == [
          "namespace/default", "namespace/kube-node-lease", "namespace/kube-public", "namespace/kube-system",
        ])
      #expect(try await test.kubectl("get", "service", "kubernetes", "--no-headers").contains("127.200.0.1"))
      #expect(try await test.kubectl("version").contains("Server Version: v1.34"))
    }
  }

  @Test("creates, changes nothing, changes, and takes over fields with apply")
  func apply() async throws {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {a: '1', b: '2'}\n"
    try await TestServer.with { test in
      #expect(try await test.kubectl("apply", "-f", "-", input: map) == "configmap/one created\n")
      #expect(try await test.kubectl("apply", "-f", "-", input: map) == "configmap/one unchanged\n")
      let less = map.replacing(", b: '2'", with: "")
      #expect(try await test.kubectl("apply", "-f", "-", input: less) == "configmap/one configured\n")
      #expect(try await test.kubectl("get", "cm", "one", "-o", "jsonpath={.data}") == #"{"a":"1"}"#)
      let other = map.replacing("'1'", with: "'9'")
      let conflict = try await test.kubectl(
        "apply", "--server-side", "--field-manager=other", "-f", "-", input: other, fails: true)
      #expect(conflict.contains("Apply failed with 1 conflict"))
      try await test.kubectl(
        "apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f", "-", input: other)
      #expect(try await test.kubectl("get", "cm", "one", "-o", "jsonpath={.data.a}") == "9")
    }
  }

  @Test("prints pods as usual, and ends a watch's lines with the deletion")
  func pods() async throws {
    try await TestServer.with { test in
      try await test.kubectl("run", "x", "--image=postgres:15")
      let line = try await test.kubectl("get", "pods", "--no-headers").split(separator: " ").map(String.init)
      #expect(line.prefix(4) == ["x", "0/1", "Pending", "0"])
      #expect(try await test.kubectl("get", "pods", "-o", "wide").contains("NOMINATED NODE"))
      async let watched = test.kubectl("get", "pod", "x", "-w", "--output-watch-events", "--request-timeout=8s")
      try await Task.sleep(for: .seconds(1))  // the watch's start has no event that this side sees
      try await test.kubectl("delete", "pod", "x")
      let lines = try await watched
      #expect(lines.contains("ADDED") && lines.contains("DELETED"), "\(lines)")
    }
  }

  @Test("creates what it sends in protobuf")
  func protobuf() async throws {
    try await TestServer.with { test in
      try await test.kubectl("create", "namespace", "demo")
      try await test.kubectl("create", "secret", "generic", "s", "--from-literal=a=b", "-n", "demo")
      #expect(try await test.kubectl("get", "secret", "s", "-n", "demo", "-o", "jsonpath={.data.a}") == "Yg==")
      try await test.kubectl("create", "deployment", "d", "--image=x:1", "--replicas=0", "-n", "demo")
      #expect(try await test.kubectl("get", "deploy", "d", "-n", "demo", "-o", "jsonpath={.spec.replicas}") == "0")
      try await test.kubectl("scale", "deployment", "d", "--replicas=2", "-n", "demo")
      #expect(try await test.kubectl("get", "deploy", "d", "-n", "demo", "--no-headers").contains("0/2"))
      let token = try await test.kubectl("create", "token", "default")
      #expect(token.split(separator: ".").count == 3)
      #expect(try await test.kubectl("auth", "can-i", "delete", "nodes").hasPrefix("yes"))
    }
  }

  @Test("uses a resource the moment it is defined, with defaults, columns, validation and scale")
  func customResource() async throws {
    try await TestServer.with { test in
      try await test.kubectl("apply", "-f", "-", input: Fixtures.widgets)
      let created = try await test.kubectl("apply", "-f", "-", input: Fixtures.widget)
      #expect(created.contains("widget.example.com/a created"), "\(created)")
      let line = try await test.kubectl("get", "wd", "--no-headers").split(separator: " ")
      #expect(line.prefix(2) == ["a", "3"])
      try await test.kubectl("scale", "widget", "a", "--replicas=12")
      func patch(_ patch: String, fails: Bool = true) async throws -> String {
        try await test.kubectl("patch", "widget", "a", "--type=merge", "-p", patch, fails: fails)
      }
      #expect(try await patch(#"{"spec":{"color":"blue"}}"#).contains("only red ones are large"))
      #expect(try await patch(#"{"spec":{"color":"green"}}"#).contains(#"Unsupported value: "green""#))
      #expect(try await patch(#"{"spec":{"size":"many"}}"#).contains("spec.size"))
      let unknown = Fixtures.widget.replacing("color: red", with: "color: red, shape: round")
      #expect(
        try await test.kubectl("apply", "-f", "-", input: unknown, fails: true)
          .contains(#"strict decoding error: unknown field "spec.shape""#))
      #expect(
        try await test.kubectl("apply", "--validate=warn", "-f", "-", input: unknown)
          .contains(#"Warning: unknown field "spec.shape""#))
      #expect(try await test.kubectl("explain", "widget.spec").contains("color\t<string> -required-"))
      try await test.kubectl("delete", "crd", "widgets.example.com", "--timeout=10s")
      #expect(try await test.kubectl("get", "widgets", fails: true).contains("could not find the requested resource"))
    }
  }

  @Test("acts as somebody else with that one's rights, where it may")
  func impersonation() async throws {
    try await TestServer.with { test in
      let refused = try await test.kubectl("get", "pods", "--as=eve", fails: true)
      #expect(refused.contains(#"User "eve" cannot list resource "pods""#), "\(refused)")
      try await test.kubectl("create", "clusterrolebinding", "eve", "--clusterrole=view", "--user=eve")
      try await test.kubectl("get", "pods", "--as=eve")
      #expect(try await test.kubectl("auth", "can-i", "get", "secrets", "--as=eve", fails: true).hasPrefix("no"))
    }
  }

  @Test("asks what would happen without doing it")
  func dryRun() async throws {
    try await TestServer.with { test in
      try await test.kubectl("run", "x", "--image=a", "--dry-run=server")
      #expect(try await test.kubectl("get", "pods").contains("No resources found"))
      try await test.kubectl("create", "ns", "demo")
      try await test.kubectl("delete", "ns", "demo", "--dry-run=server")
      #expect(try await test.kubectl("get", "ns", "demo", "-o", "jsonpath={.status.phase}") == "Active")
      #expect(
        try await test.kubectl("delete", "ns", "default", "--dry-run=server", fails: true)
          .contains("this namespace may not be deleted"))
    }
  }
}

enum Fixtures {
  static let widgets = """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: widgets.example.com}
    spec:
      group: example.com
      scope: Namespaced
      names: {plural: widgets, kind: Widget, shortNames: [wd]}
      versions:
      - name: v1
        served: true
        storage: true
        subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
        additionalPrinterColumns:
        - {name: Size, type: integer, jsonPath: .spec.size}
        - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
        schema:
          openAPIV3Schema:
            type: object
            properties:
              spec:
                type: object
                required: [color]
                properties:
                  size: {type: integer, default: 3, minimum: 1}
                  color: {type: string, enum: [red, blue]}
                x-kubernetes-validations:
                - {rule: "self.size < 10 || self.color == 'red'", message: only red ones are large}
              status:
                type: object
                properties: {size: {type: integer}}
    ---

    """
  static let widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {color: red}\n"
}
