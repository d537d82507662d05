import ClusterAPI
import Foundation
import Kubernetes

/// Creates the Backup that a person asks for. The operator and an instance do the rest; nobody waits here.
public struct BackupMaker: Sendable {
  let client: KubernetesClient

  public init(_ client: KubernetesClient) { self.client = client }

  /// - Returns: the Backup as the API server has it.
  /// - Throws: ``ClusterProblem``, ``BackupOrder/Problem``, and what the API answers.
  public func make(_ order: BackupOrder) async throws -> BackupDocument {
    let backup = try order.backup(now: .now)
    let cluster = try await client.cluster(order.cluster)
    if order.method == .barmanObjectStore, cluster.spec.backup?.barmanObjectStore == nil {
      throw ClusterProblem.noObjectStore(order.cluster)
    }
    return BackupDocument(json: try await client.create(Backup.resource, try JSON(encoding: backup)))
  }
}

/// A Backup as it is printed.
public struct BackupDocument: Sendable, Equatable {
  let json: JSON

  init(json: JSON) { self.json = json }

  /// One that was not created.
  public init(_ backup: Backup) throws { json = try JSON(encoding: backup) }

  public var sentence: String { "backup/\(json[path: ["metadata", "name"]]?.stringValue ?? "") created\n" }
  public var jsonText: String { json.indented() + "\n" }
  public var yamlText: String { YAMLText.document(json) }
}
