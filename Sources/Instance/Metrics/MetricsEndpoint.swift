import Backup
import PostgreSQL
import Web

/// What Prometheus reads on port 9187.
struct MetricsEndpoint: Sendable {
  let cluster: String
  let session: LocalSession
  let state: InstanceState

  func answer(_ request: HTTPRequest) async -> HTTPResponse {
    guard request.segments == ["metrics"] else { return .text("not found\n", status: 404) }
    var response = HTTPResponse.text(await text())
    response.headers.replaceOrAdd(name: "content-type", value: "text/plain; version=0.0.4; charset=utf-8")
    return response
  }

  /// Without an answer from postgres there is one metric, and it says so.
  private func text() async -> String {
    let row = try? await session.query(
      """
      SELECT pg_is_in_recovery()::int AS in_recovery,
        extract(epoch FROM pg_postmaster_start_time()) AS start_time,
        (SELECT count(*) FROM pg_stat_replication) AS streaming,
        (SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming') AS receiving
      """, deadline: .seconds(4)
    ).rows.first
    var text = Self.metric(
      "cnpg_collector_up", "1 if PostgreSQL is up, 0 otherwise.", "{cluster=\"\(cluster)\"}", row == nil ? "0" : "1")
    text += Self.metric(
      "cnpg_collector_stuck_standbys",
      "As the primary sees it: standbys that have not followed for a minute and are not being copied.", "",
      String(state.current.stuckStandbys))
    text += backups
    guard let row else { return text }
    text += Self.metric(
      "cnpg_pg_postmaster_start_time", "Time at which postgres started, in seconds since the epoch.", "",
      row["start_time"] ?? "0")
    text += Self.metric(
      "cnpg_pg_replication_in_recovery", "1 if the instance is a standby.", "", row["in_recovery"] ?? "0")
    text += Self.metric(
      "cnpg_pg_replication_is_wal_receiver_up", "1 if the instance receives write-ahead log.", "",
      row["receiving"] ?? "0")
    text += Self.metric(
      "cnpg_pg_replication_streaming_replicas", "Standbys that stream from the instance.", "", row["streaming"] ?? "0")
    return text
  }

  /// Seconds since the epoch, 0 for what has not been yet: an alert on their age needs no case of its own.
  private var backups: String {
    let status = state.current.cluster?.status
    let times = [
      (
        "cnpg_collector_first_recoverability_point",
        "The first point of recoverability for the cluster as a unix timestamp.",
        status?.firstRecoverabilityPoint
      ),
      (
        "cnpg_collector_last_available_backup_timestamp", "The last available backup as a unix timestamp.",
        status?.lastSuccessfulBackup
      ),
      (
        "cnpg_collector_last_failed_backup_timestamp", "The last failed backup as a unix timestamp.",
        status?.lastFailedBackup
      ),
      (
        "matriarch_last_verified_backup_timestamp",
        "When a backup was last restored and found whole, as a unix timestamp.",
        status?.lastVerifiedBackup
      ),
    ]
    return times.map { name, help, time in
      let seconds = time.flatMap { UTCTime($0) }.map { $0.microseconds / 1_000_000 } ?? 0
      return Self.metric(name, help, "", String(seconds))
    }.joined()
  }

  private static func metric(_ name: String, _ help: String, _ labels: String, _ value: String) -> String {
    "# HELP \(name) \(help)\n# TYPE \(name) gauge\n\(name)\(labels) \(value)\n"
  }
}
