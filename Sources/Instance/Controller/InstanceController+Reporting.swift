import ClusterAPI
import Kubernetes

extension InstanceController {
  func say(_ reason: String) async {
    state.update { $0.activity = .waiting(reason) }
    guard reportedProblem != reason else { return }
    reportedProblem = reason
    logger.info("waiting", metadata: ["reason": "\(reason)"])
  }

  func report(_ problem: InstanceProblem) async {
    let text = problem.description
    if await !postmaster.isRunning { state.update { $0.activity = .waiting(text) } }
    guard reportedProblem != text else { return }
    reportedProblem = text
    logger.error("cannot go on as the Cluster asks", metadata: ["error": "\(text)"])
    controlPlane.record(.warning, reason: problem.reason, message: "Instance \(environment.instance): \(text)")
    guard InstanceDecision.Record(controlPlane.cluster ?? Cluster()).speaksForCluster(environment.instance) else {
      return
    }
    // Until there are data, it is their making that is held up.
    let type =
      InstanceDecision.Record(controlPlane.cluster ?? Cluster()).isInitialized
      ? Self.configurationApplied : ConditionType.initialized
    await setCondition(type, status: false, reason: problem.reason, message: text)
  }

  func clearProblem() async {
    guard InstanceDecision.Record(controlPlane.cluster ?? Cluster()).speaksForCluster(environment.instance) else {
      return
    }
    let conditions = controlPlane.cluster?.status?.conditions ?? []
    guard
      reportedProblem != nil
        || conditions.contains(where: { $0.type == Self.configurationApplied && $0.status != "True" })
    else { return }
    reportedProblem = nil
    await setCondition(
      Self.configurationApplied, status: true, reason: "ConfigurationApplied",
      message: "PostgreSQL runs with the Cluster's configuration")
  }

  static let configurationApplied = "ConfigurationApplied"

  func setCondition(_ type: String, status: Bool, reason: String, message: String) async {
    do {
      try await controlPlane.changeStatus { cluster in
        Conditions.setting(
          type, status: status, reason: reason, message: message, in: cluster.status?.conditions ?? [],
          now: Timestamp.seconds()
        ).map { JSON.object(["conditions": .array($0.map { (try? JSON(encoding: $0)) ?? .null })]) }
      }
    } catch {
      logger.warning("cannot write the Cluster's status", metadata: ["error": "\(error)"])
    }
  }
}

extension InstanceProblem {
  /// One word, for events and conditions.
  var reason: String {
    switch self {
    case .missingSecret: EventReason.secretNotFound
    case .missingKey, .wrongUsername, .invalidCertificate: "InvalidSecret"
    case .missingConfigMap: "ConfigMapNotFound"
    case .invalidConfiguration: "InvalidConfiguration"
    case .programFailed: "ProgramFailed"
    case .postgresDidNotStart: "PostgreSQLDidNotStart"
    case .recoveryEnded: "RecoveryEnded"
    case .archive: "ArchiveNotUsable"
    case .unsupported: "NotSupported"
    case .refused: "RefusedByPostgreSQL"
    case .noSpace: "NotEnoughDiskSpace"
    }
  }
}
