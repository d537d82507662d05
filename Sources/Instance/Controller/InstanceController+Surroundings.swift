import ClusterAPI
import Kubernetes
import PostgreSQL

/// What a step stands on: certificates, the volume, a session, the Cluster's words.
extension InstanceController {
  func updateCertificates(_ cluster: Cluster) async throws -> InstanceProblem? {
    await controlPlane.prefetch(CertificateFiles.secrets(cluster) + [cluster.applicationSecretName])
    let (hasChanged, problem) = try await certificates.update(cluster, from: controlPlane)
    if hasChanged { needsReload = true }
    try endpoints.load(from: certificates)
    return problem
  }

  /// Opens the session where it is not open yet. With maps that postgres cannot read it lets nobody in, and says so only
  /// to its log: then it is given the last good ones. Returns whether to go on.
  func hasSession() async throws -> Bool {
    do {
      _ = try await session.open()
    } catch PostgreSQLError.notConnected(let reason) {
      // Without a session there is nothing to wait with until it has.
      if needsReload { await postmaster.reload() }
      guard files.contents(Self.mapFile) != lastGood(Self.mapFile), fallBackToGoodRules(reason) else {
        throw PostgreSQLError.notConnected(reason)
      }
      return false
    }
    guard startsWithGoodRules else { return true }
    startsWithGoodRules = false
    return false
  }

  /// Before anything is written to the volume: with less room postgres would not come far, and nor would a file.
  func checkRoom(_ data: DataDirectory) async throws -> ControlData {
    let control = try await programs.controlData(of: data.path)
    guard data.hasRoomForWAL(control.segmentSize) else { throw InstanceProblem.noSpace("\(data.path)/pg_wal") }
    return control
  }

  func dataDirectory(_ cluster: Cluster) -> DataDirectory {
    DataDirectory(
      path: environment.paths.data, walPath: cluster.spec.walStorage == nil ? nil : environment.paths.wal)
  }
}
