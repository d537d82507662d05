import ClusterAPI
import Kubernetes
import PostgreSQL

/// The kubelet's questions.
enum Probe: String, Sendable {
  case startup, readiness, liveness

  /// What a probe has to find out, decided from what the instance is doing.
  enum Question: Sendable, Equatable {
    case answer(Verdict)
    /// Whether the server accepts connections. `orRejects`: up and recovering is enough.
    case isReady(orRejects: Bool)
    case query
    /// With the most bytes of write-ahead log that a standby may lag behind; nil for any number.
    case streaming(maximumLag: UInt64?)
  }

  enum Verdict: Sendable, Equatable {
    case success(String)
    case failure(String)
  }

  /// Bootstrap, clone, rewind and recovery take the time they take: none of them counts against the startup probe, and
  /// none brings on a restart, which would only begin it anew.
  func question(_ activity: Activity, spec: ProbesConfiguration?) -> Question {
    switch (self, activity) {
    case (.liveness, _): .answer(.success("OK"))
    case (.startup, .starting): .answer(.success("OK"))
    case (.startup, .running): Self.question(spec?.startup, orRejects: true)
    case (.startup, _): .answer(.success("Skipped"))
    case (.readiness, .running), (.readiness, .starting): Self.question(spec?.readiness, orRejects: false)
    case (.readiness, _): .answer(.failure("instance is not ready yet"))
    }
  }

  private static func question(_ probe: StrategyProbe?, orRejects: Bool) -> Question {
    switch probe?.type ?? .isReady {
    case .isReady: .isReady(orRejects: orRejects)
    case .query: .query
    case .streaming: .streaming(maximumLag: probe?.maximumLag.flatMap { UInt64(exactly: $0.wholeValue) })
    }
  }
}

/// Asks postgres.
struct ProbeRunner: Sendable {
  let environment: InstanceEnvironment
  let session: LocalSession

  func verdict(_ question: Probe.Question) async -> Probe.Verdict {
    switch question {
    case .answer(let verdict): return verdict
    case .isReady(let orRejects):
      switch await ServerPing.knock(environment.localParameters()) {
      case .accepting: return .success("OK")
      case .rejecting: return orRejects ? .success("OK") : .failure("the server rejects connections")
      case .noResponse: return .failure("the server does not respond")
      }
    case .query:
      return await attempt { _ = try await session.query("SELECT 1", deadline: .seconds(4)) }
    case .streaming(let maximumLag):
      return await attempt { try await checkStreaming(maximumLag) }
    }
  }

  private func attempt(_ body: () async throws -> Void) async -> Probe.Verdict {
    do {
      try await body()
      return .success("OK")
    } catch {
      return .failure("\(error)")
    }
  }

  private struct NotStreaming: Error, CustomStringConvertible {
    let description: String
  }

  /// A primary is fine; a standby must receive, and lag no further behind than allowed.
  private func checkStreaming(_ maximumLag: UInt64?) async throws {
    let row = try await session.query(
      """
      SELECT pg_is_in_recovery() AS recovering, current_setting('primary_conninfo') <> '' AS follows,
        (SELECT latest_end_lsn FROM pg_stat_wal_receiver WHERE status = 'streaming') AS received,
        coalesce(pg_last_wal_replay_lsn(), '0/0') AS replayed
      """, deadline: .seconds(4)
    ).rows.first
    guard let row, try row.value("recovering", as: Bool.self), try row.value("follows", as: Bool.self) else { return }
    guard let received = try row.optional("received", as: LSN.self) else {
      throw NotStreaming(description: "the standby does not receive write-ahead log")
    }
    let lag = received.distance(since: try row.value("replayed", as: LSN.self))
    if let maximumLag, lag > maximumLag {
      throw NotStreaming(description: "the standby lags \(lag) bytes behind, more than \(maximumLag)")
    }
  }
}
