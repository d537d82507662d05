import Foundation
import Testing

@testable import Kubernetes

@Suite("A kubeconfig")
struct KubeconfigTests {
  static func text(user: String = "token: secret", context: String = "local", cluster: String = "") -> String {
    """
    apiVersion: v1
    kind: Config
    current-context: \(context)
    preferences: {}
    clusters:
    - name: matriarch
      cluster:
        server: https://127.64.0.1:6443
        certificate-authority-data: \(Data("AUTHORITY".utf8).base64EncodedString())
    \(cluster)
    contexts:
    - name: local
      context: {cluster: matriarch, user: admin, namespace: demo}
    - name: broken
      context: {cluster: elsewhere, user: admin}
    users:
    - name: admin
      user:
        \(user)
    """
  }

  static func parse(_ text: String, context: String? = nil) throws -> ClientConfiguration {
    try ClientConfiguration.kubeconfig(text: text, file: "/etc/kubeconfig", context: context)
  }

  @Test("gives server, authority, namespace and credential of the current context")
  func complete() throws {
    let configuration = try Self.parse(Self.text())
    #expect(configuration.server == "https://127.64.0.1:6443")
    #expect(configuration.authorityPEM == "AUTHORITY")
    #expect(configuration.defaultNamespace == "demo")
    guard case .token("secret") = configuration.credential else {
      Issue.record("\(configuration.credential)")
      return
    }
  }

  @Test("gives a client certificate")
  func certificate() throws {
    let data = Data("PEM".utf8).base64EncodedString()
    let configuration = try Self.parse(
      Self.text(user: "client-certificate-data: \(data)\n    client-key-data: \(data)"))
    guard case .certificate(let identity) = configuration.credential else {
      Issue.record("\(configuration.credential)")
      return
    }
    #expect(identity.certificatePEM == "PEM")
    #expect(identity.privateKeyPEM == "PEM")
  }

  @Test("looks for files beside itself")
  func relativeFiles() throws {
    let configuration = try Self.parse(Self.text(user: "tokenFile: pki/token"))
    guard case .tokenFile("/etc/pki/token") = configuration.credential else {
      Issue.record("\(configuration.credential)")
      return
    }
  }

  @Test(
    "is refused with the remedy where it cannot be used",
    arguments: [
      (text(user: "exec: {command: kubelogin, apiVersion: v1}"), nil, "kubelogin"),
      (text(user: "auth-provider: {name: gcp}"), nil, "auth-provider"),
      (text(user: "client-certificate-data: \(Data("PEM".utf8).base64EncodedString())"), nil, "client-key"),
      (text(user: "client-certificate-data: '***'"), nil, "not Base64"),
      (text(user: "client-certificate: /nonexistent"), nil, "/nonexistent"),
      (text(context: "''"), nil, "no current context"),
      (text(), "nowhere", "it has: local, broken"),
      (text(), "broken", "cluster \"elsewhere\""),
      ("{", nil, "no kubeconfig"),
      ("clusters: 5", nil, "no kubeconfig"),
    ] as [(String, String?, String)])
  func refused(text: String, context: String?, words: String) {
    let error = #expect(throws: ConfigurationError.self) { try Self.parse(text, context: context) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("/etc/kubeconfig") == true)
  }
}

@Suite("A pod's configuration")
struct InClusterTests {
  @Test("comes from its service account")
  func inCluster() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("in-cluster-\(UUID())").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    for (name, text) in [("token", "t0\n"), ("ca.crt", "CA"), ("namespace", "demo\n")] {
      try text.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
    }
    let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
    let configuration = try ClientConfiguration.inCluster(environment: environment, directory: directory)
    #expect(configuration.server == "https://[fd00::1]:443")
    #expect(configuration.authorityPEM == "CA")
    #expect(configuration.defaultNamespace == "demo")

    let tokens = TokenSource(configuration.credential)
    let start = ContinuousClock.now
    #expect(try tokens.token(now: start) == "t0")
    try "t1".write(toFile: "\(directory)/token", atomically: true, encoding: .utf8)
    #expect(try tokens.token(now: start + .seconds(59)) == "t0")
    #expect(try tokens.token(now: start + .seconds(61)) == "t1")
    try "t2".write(toFile: "\(directory)/token", atomically: true, encoding: .utf8)
    #expect(tokens.refresh())
    #expect(try tokens.token(now: start + .seconds(61)) == "t2")
    try FileManager.default.removeItem(atPath: "\(directory)/token")
    #expect(try tokens.token(now: start + .seconds(200)) == "t2")
  }

  @Test("is refused outside a pod")
  func outside() {
    #expect(throws: ConfigurationError.self) { try ClientConfiguration.inCluster(environment: [:], directory: "/x") }
    let environment = ["KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"]
    let error = #expect(throws: ConfigurationError.self) {
      try ClientConfiguration.inCluster(environment: environment, directory: "/nonexistent")
    }
    #expect(error?.description.contains("/nonexistent/token") == true)
  }
}
