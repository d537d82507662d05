import ArgumentParser
import ClusterAPI
import Foundation
import Kubernetes
import Logging
import Operator
import ServiceLifecycle

struct OperatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operator", abstract: "Run the operator (in its pod; see `matriarch manifests`).")

  @Option(help: "How much to log: error, warning, info, debug or trace.") var logLevel = "info"

  func run() async throws {
    Logger.bootstrapJSON(level: logLevel)
    let logger = Logger(label: "operator")
    let environment = ProcessInfo.processInfo.environment
    let client = try KubernetesClient(try .automatic(), userAgent: "matriarch-operator/\(Version.matriarch)")
    let settings = try await Operator.settings(from: environment, client: client)
    logger.info("starting", metadata: ["version": "\(Version.matriarch)", "namespace": "\(settings.namespace)"])
    let service = Operator(
      client: client, settings: settings, identity: environment["POD_NAME"] ?? UUID().uuidString,
      address: environment["POD_IP"] ?? "127.0.0.1", logger: logger)
    let group = ServiceGroup(
      services: [service], gracefulShutdownSignals: [], cancellationSignals: [.sigterm, .sigint], logger: logger)
    try await group.run()
    await client.shutdown()
  }
}
