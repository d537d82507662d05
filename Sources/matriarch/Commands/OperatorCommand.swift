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
    try await KubernetesClient.with(try .automatic(), userAgent: "matriarch-operator/\(Version.matriarch)") { client in
      try await run(client, environment, logger)
    }
  }

  private func run(_ client: KubernetesClient, _ environment: [String: String], _ logger: Logger) async throws {
    let settings = try await Operator.settings(from: environment, client: client)
    logger.info("starting", metadata: ["version": "\(Version.matriarch)", "namespace": "\(settings.namespace)"])
    let service = Operator(
      client: client, settings: settings, identity: environment["POD_NAME"] ?? UUID().uuidString,
      address: environment["POD_IP"] ?? "127.0.0.1", logger: logger)
    let group = ServiceGroup(
      services: [service], gracefulShutdownSignals: [], cancellationSignals: [.sigterm, .sigint], logger: logger)
    do {
      try await group.run()
    } catch is CancellationError {
      logger.info("ended by a signal")
    }
  }
}
