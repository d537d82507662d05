import Foundation
import Kubernetes
import Logging
import Processes
import ServiceLifecycle
import Web

/// The instance manager: PID 1 of an instance's pod, and the keeper of its postgres.
///
/// A graceful shutdown (the pod's SIGTERM) stops postgres within the pod's grace period, then ends the endpoints.
public struct InstanceManager: ServiceLifecycle.Service {
  private let environment: InstanceEnvironment
  private let client: KubernetesClient
  private let version: String
  private let output: LogOutput
  private let logger: Logger

  public init(
    environment: InstanceEnvironment, client: KubernetesClient, version: String = "", output: LogOutput = .standard,
    logger: Logger
  ) {
    self.environment = environment
    self.client = client
    self.version = version
    self.output = output
    self.logger = logger
  }

  /// Runs until it is shut down.
  ///
  /// - Throws: ``InstanceFailure`` when the container is to end with an exit code of its own.
  public func run() async throws {
    let controlPlane = KubernetesControlPlane(client: client, environment: environment, logger: logger)
    try await InstanceRuntime(
      environment: environment, controlPlane: controlPlane, version: version, output: output, logger: logger
    ).run()
  }
}

/// Why the instance manager ended by itself.
public enum InstanceFailure: Error, CustomStringConvertible {
  /// There is no room for write-ahead log. The operator waits for a larger volume and fails over to nobody.
  case noSpace(String)

  /// The container's exit code; 4 is how the operator tells a full disk.
  public var exitCode: Int32 { 4 }

  public var description: String {
    switch self {
    case .noSpace(let text): text
    }
  }
}
