import ArgumentParser
import ClusterAPI
import Foundation
import Instance
import Kubernetes
import Logging
import ServiceLifecycle

struct InstanceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "instance", abstract: "The instance manager of a pod.", subcommands: [Run.self])

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bootstrap, supervise and configure one PostgreSQL, as PID 1 of its pod.")

    @Flag(help: "Accepted: the status port always speaks TLS.") var statusPortTls = false
    @Flag(help: "Serve metrics over TLS.") var metricsPortTls = false
    @Option(help: "How much to log: error, warning, info, debug or trace.") var logLevel = "info"

    func run() async throws {
      let environment = try InstanceEnvironment(variables: ProcessInfo.processInfo.environment)
      let level = Logger.Level(rawValue: logLevel) ?? .info
      LoggingSystem.bootstrap { InstanceLogHandler(label: $0, pod: environment.instance, level: level) }
      let logger = Logger(label: "instance-manager")
      do {
        try await KubernetesClient.with(try .inCluster(), userAgent: "matriarch-instance/\(Version.matriarch)") {
          let manager = InstanceManager(
            environment: environment, client: $0, version: Version.matriarch, logger: logger)
          try await ServiceGroup(
            services: [manager], gracefulShutdownSignals: [.sigterm, .sigint], cancellationSignals: [], logger: logger
          ).run()
        }
      } catch let failure as InstanceFailure {
        logger.critical("\(failure)")
        await LogOutput.standard.flush()
        throw ExitCode(failure.exitCode)
      }
    }
  }
}

struct BootstrapCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bootstrap", abstract: "Copy this program to where a pod's containers find it.")

  @Argument(help: "Path of the copy.") var path: String
  @Option(help: "Accepted, without effect.") var logLevel = "info"

  func run() async throws { try await ManagerExecutable.copy(to: path) }
}
