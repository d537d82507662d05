import ClusterAPI
import Foundation
import Kubernetes
import PostgreSQL
import Processes

extension InstanceController {
  /// Makes the cluster's first data a copy of another server's, taken while it runs. From then on the two have nothing to do
  /// with each other.
  func copyServer(_ cluster: Cluster, _ bootstrap: BaseBackupBootstrap, _ data: DataDirectory) async throws {
    guard let manifest = cluster.spec.externalClusters?.first(where: { $0.name == bootstrap.source }) else {
      throw InstanceProblem.invalidConfiguration(
        "spec.bootstrap.pg_basebackup.source \"\(bootstrap.source)\" is not in spec.externalClusters.")
    }
    let directory = "\(environment.paths.run)/external-\(manifest.name)"
    let server = try await ExternalServer(manifest, directory: directory, from: controlPlane)
    state.update { $0.activity = .restoring("copying \(manifest.name)") }
    logger.info("copying another server", metadata: ["source": "\(manifest.name)"])
    if await postmaster.isRunning { await postmaster.stop(.immediate) }
    try await data.begin(.recovery)
    do {
      var arguments = [
        "-D", data.path, "-v", "-w", "-d", server.connection.text, "-X", "stream", "-c", "fast", "--no-sync",
      ]
      if let wal = data.walPath { arguments += ["--waldir", wal] }
      try await programs.run("pg_basebackup", arguments, deadline: .seconds(7 * 86_400), isLogged: true)
      try await Blocking.run { try? FileManager.default.removeItem(atPath: directory) }
      try await takeConfiguration(cluster, data)
      _ = try await writeConfiguration(
        cluster, role: .primary, isBootstrap: true, isVolatile: true, recovery: [:])
      try await startForBootstrap()
      try await createApplication(
        cluster, database: bootstrap.database, owner: bootstrap.owner)
      try await complete(cluster, data)
    } catch {
      await stop(.immediate)
      throw error
    }
    logger.info("the cluster is a copy of its own", metadata: ["source": "\(manifest.name)"])
  }
}
