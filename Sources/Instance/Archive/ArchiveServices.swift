import Logging

/// What an instance has to do with archives, in one hand.
struct ArchiveServices: Sendable {
  let archives: Archives
  let archiver: Archiver
  let fetcher: LogFetcher
}

extension ArchiveServices {
  /// - Parameter trouble: is told why a restore has to wait, and nil when it goes on.
  init(
    environment: InstanceEnvironment, controlPlane: any ControlPlane, goal: ServerGoal, state: InstanceState,
    variables: [String: String], logger: Logger
  ) {
    let connections = ObjectStoreConnections(variables: variables, logger: logger)
    let report = ArchiveReport(controlPlane, logger: logger)
    archives = Archives(controlPlane: controlPlane, connections: connections)
    archiver = Archiver(
      environment: environment, archives: archives,
      surroundings: Archiver.Surroundings(
        cluster: { controlPlane.cluster }, goal: { goal.wish.goal },
        systemIdentifier: { state.current.systemIdentifier }), logger: logger
    ) { await report.note($0) }
    fetcher = LogFetcher(environment: environment, logger: logger) { trouble in
      state.update { $0.trouble = trouble }
    }
  }

  /// Serves postgres until cancelled.
  func answer(_ question: HelperQuestion) async -> HelperAnswer {
    switch question {
    case .archive(let name): await archiver.archive(name)
    case .restore(let name, let path): await fetcher.restore(name, to: path)
    }
  }
}
