import Backup
import ClusterAPI
import Logging
import Processes

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
    connections: ObjectStoreConnections, logger: Logger
  ) {
    let report = ArchiveReport(controlPlane, logger: logger)
    let archives = Archives(controlPlane: controlPlane, connections: connections)
    self.archives = archives
    let mark = NewArchiveMark(data: environment.paths.data)
    archiver = Archiver(
      data: environment.paths.data,
      surroundings: Archiver.Surroundings {
        Archiver.Permission(
          ArchivePermission(controlPlane.cluster, goal: goal.wish.goal), archives, server: environment.cluster)
      } systemIdentifier: {
        state.current.systemIdentifier
      } recognize: { archive in
        let isExcused = controlPlane.cluster?.annotations[Annotations.skipEmptyWalArchiveCheck] == "enabled"
        try ArchiveIdentity.check(
          try await archive.content(), of: state.current.systemIdentifier, isNew: mark.isSet && !isExcused,
          place: archive.place)
        try await Blocking.run { try mark.remove() }
      } outcome: {
        await report.note($0)
      }, logger: logger)
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
