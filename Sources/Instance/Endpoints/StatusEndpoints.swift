import Kubernetes
import Logging
import PostgreSQL
import Web

/// What the instance answers on port 8000: the kubelet's probes, the operator's and the peers' questions.
struct StatusEndpoints: Sendable {
  let environment: InstanceEnvironment
  let programs: PostgresPrograms
  let state: InstanceState
  /// Not the control loop's: a long statement there must not hold up a probe.
  let session: LocalSession
  let version: String
  let backups: BackupDesk
  let logger: Logger

  func answer(_ request: HTTPRequest) async -> HTTPResponse {
    switch request.segments {
    case ["healthz"]: return await probe(.liveness)
    case ["readyz"]: return await probe(.readiness)
    case ["startupz"]: return await probe(.startup)
    case ["failsafe"]: return .text("OK")
    case ["pg", "status"]: return await status()
    case ["pg", "size"]: return await size()
    case ["pg", "backup"]: return await forOperator(request) { await backup(request) }
    case ["pg", "controldata"]: return await forOperator(request) { try await controlData() }
    default: return .text("not found\n", status: 404)
    }
  }

  /// So long a kubelet that asks too early waits for its answer. Its next question may come seconds later, and an instance
  /// that is ready at once is worth more than one that is asked often. The shortest timeout of a probe is a second.
  private static let patience = Duration.milliseconds(500)

  private func awaitRunning() async {
    let end = ContinuousClock.now + Self.patience
    while state.current.activity != .running, ContinuousClock.now < end {
      guard (try? await Task.sleep(for: .milliseconds(10))) != nil else { return }
    }
  }

  private func probe(_ probe: Probe) async -> HTTPResponse {
    if probe == .readiness { await awaitRunning() }
    let current = state.current
    let question = probe.question(current.activity, spec: current.cluster?.spec.probes)
    switch await ProbeRunner(environment: environment, session: session).verdict(question) {
    case .success(let text): return .text(text)
    case .failure(let reason):
      logger.debug("probe failed", metadata: ["probe": "\(probe.rawValue)", "reason": "\(reason)"])
      return .text("\(probe.rawValue) check failed: \(reason)", status: 500)
    }
  }

  private func status() async -> HTTPResponse {
    do {
      let report = try await InstanceStatusReport.make(
        session: session, state: state.current, environment: environment, version: version)
      return .json(report.serialized())
    } catch {
      return .text("\(error)", status: 500)
    }
  }

  /// Bytes of all databases and of the write-ahead log. Over a session of its own: a probe must not wait until so many
  /// files have been looked at.
  private func size() async -> HTTPResponse {
    let session = LocalSession(environment.localParameters(), logger: logger)
    do {
      let result = try await session.query(Self.sizeQuestion, deadline: .seconds(60))
      await session.close()
      let size = result.rows.first?["size"].flatMap { Int64($0) } ?? 0
      return .json(JSON.int(size).serialized())
    } catch {
      await session.close()
      return .text("\(error)", status: 500)
    }
  }

  private static let sizeQuestion = """
    SELECT (SELECT sum(pg_database_size(oid)) FROM pg_database) + (SELECT coalesce(sum(size), 0) FROM pg_ls_waldir())
      AS size
    """

  /// Has a backup made: `POST /pg/backup?name=NAME`. It is made in the background, and its object says how it goes.
  private func backup(_ request: HTTPRequest) async -> HTTPResponse {
    guard request.method == "POST", let name = request.query("name"), !name.isEmpty else {
      return .text("POST /pg/backup?name=NAME orders a backup", status: 400)
    }
    guard state.current.activity == .running else {
      return .text("PostgreSQL does not run here: \(state.current.activity)", status: 503)
    }
    switch await backups.order(name) {
    case .accepted:
      return .json(JSON.object(["sessionID": .string(state.current.sessionID)]).serialized(), status: 202)
    case .busy(let other): return .text("backup \(other) is being made", status: 409)
    }
  }

  private func controlData() async throws -> HTTPResponse {
    let output = try await programs.run("pg_controldata", ["-D", environment.paths.data], deadline: .seconds(5))
    return .json(JSON.object(["data": .string(output.text)]).serialized())
  }

  /// Only for the operator, whose public key the Cluster's status names.
  private func forOperator(
    _ request: HTTPRequest, _ body: () async throws -> HTTPResponse
  ) async -> HTTPResponse {
    guard let certificate = request.clientCertificate else {
      return .text("a client certificate is required", status: 401)
    }
    guard let expected = state.current.cluster?.status?.operatorCertificateFingerprint,
      certificate.publicKeySHA256 == expected
    else {
      return .text("the client certificate is not the operator's", status: 503)
    }
    do {
      return try await body()
    } catch {
      return .text("\(error)", status: 500)
    }
  }
}
