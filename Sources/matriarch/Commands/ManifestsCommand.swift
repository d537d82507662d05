import ArgumentParser
import ClusterAPI
import Foundation

struct ManifestsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manifests",
    abstract: "Print the operator's manifests: CRDs, rights, Deployment, webhooks.",
    discussion: "matriarch manifests | kubectl apply -f -")

  @Flag(help: "Only the custom resource definitions.") var crds = false

  func run() async throws {
    print(crds ? Deployment.customResources : Deployment.everything, terminator: "")
  }
}

/// The manifests that install the operator, the same as in `deploy/`.
enum Deployment {
  static var customResources: String { Manifests.customResources.map { "---\n\($0.text)" }.joined() }
  static var operatorManifest: String { String(decoding: PackageResources.operator_yaml, as: UTF8.self) }
  static var podMonitors: String { String(decoding: PackageResources.podmonitors_yaml, as: UTF8.self) }
  /// The namespace alone: the first document of the manifest.
  static var namespace: String { operatorManifest.components(separatedBy: "\n---\n").first ?? "" }
  static var demo: String { String(decoding: PackageResources.demo_yaml, as: UTF8.self) }
  static var everything: String { customResources + "---\n" + operatorManifest }
}
