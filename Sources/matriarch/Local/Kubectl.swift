import ClusterAPI
import Foundation
import Kubernetes
import LocalCluster
import Operator
import Processes

/// The real kubectl, with which `up` installs what a person would install with it.
struct Kubectl {
  let settings: LocalSettings

  private var program: String {
    let fetched = "\(settings.toolsDirectory)/kubectl/kubectl"
    return FileManager.default.isExecutableFile(atPath: fetched) ? fetched : "/usr/bin/kubectl"
  }

  /// `kubectl ARGUMENTS`, its output; an error says what kubectl said.
  @discardableResult
  func run(_ arguments: [String], input: String? = nil, deadline: Duration = .seconds(60)) async throws -> String {
    let result = try await Tool.run(
      program, ["--kubeconfig", settings.kubeconfig] + arguments,
      environment: ["PATH": "/usr/bin:/bin", "HOME": settings.stateDirectory],
      input: input.map { Array($0.utf8) }, deadline: deadline)
    guard result.status.isSuccess else {
      throw KubectlError(arguments: arguments, message: String(decoding: result.errorOutput, as: UTF8.self))
    }
    return String(decoding: result.output, as: UTF8.self)
  }

  func apply(_ manifest: String, namespace: String? = nil) async throws {
    try await run((namespace.map { ["--namespace", $0] } ?? []) + ["apply", "-f", "-"], input: manifest)
  }

  /// Installs the operator, and the PodMonitor kinds that monitoring stacks bring. The operator reads its settings
  /// when it starts, so they come before its Deployment.
  func installOperator() async throws {
    try await apply(
      [
        Deployment.customResources, Deployment.podMonitors, Deployment.namespace, defaultImage,
        Deployment.operatorManifest,
      ]
      .joined(separator: "\n---\n"))
  }

  /// Until a Cluster would be taken: the operator's pod takes a moment to start, and until then its webhooks refuse every
  /// one. Its Deployment is no proof: right after a crash it still shows what was before.
  func waitForOperator() async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      do {
        try await run(["create", "--dry-run=server", "-f", "-"], input: Self.trial.text, deadline: .seconds(15))
        return
      } catch let error where !(error is CancellationError) {
        guard ContinuousClock.now < deadline else { throw error }
        try await Task.sleep(for: .milliseconds(300))  // another process's start has no event to wait for
      }
    }
  }

  /// The smallest Cluster there is; it is never made.
  private static let trial: JSON = [
    "apiVersion": .string(Cluster.resource.apiVersion), "kind": .string(Cluster.resource.kind),
    "metadata": ["generateName": "trial-", "namespace": "default"],
    "spec": ["instances": 1, "storage": ["size": "1Gi"]],
  ]

  /// Which image a Cluster gets that names none: the newest major this machine has.
  private var defaultImage: String {
    let major = HostImages.newestMajor(settings).map {
      ["POSTGRES_IMAGE_NAME": JSON.string("ghcr.io/cloudnative-pg/postgresql:\($0)")]
    }
    let manifest: JSON = [
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": ["name": .string(OperatorSettings.configurationName), "namespace": "cnpg-system"],
      "data": .object(major ?? [:]),
    ]
    return manifest.text
  }
}

struct KubectlError: Error, CustomStringConvertible {
  let arguments: [String]
  let message: String

  var description: String { "kubectl \(arguments.joined(separator: " ")) failed: \(message)" }
}
