import Kubernetes

@testable import ClusterAPI

enum Examples {
  /// A Cluster that nothing is wrong with.
  static let cluster: JSON = [
    "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster",
    "metadata": ["name": "pg", "namespace": "db"],
    "spec": [
      "instances": 3, "imageName": "example.org/postgresql:17.2", "minSyncReplicas": 1, "maxSyncReplicas": 1,
      "storage": ["size": "1Gi"],
    ],
  ]

  /// That Cluster with a merge patch applied.
  static func cluster(_ change: String) throws -> Cluster {
    try MergePatch.apply(JSON(parsing: change), to: cluster).decoded()
  }
}

/// An object that is refused, and with what words.
struct Refusal: Sendable, CustomStringConvertible {
  let description: String
  /// A merge patch to the example.
  let change: String
  let messages: [String]

  init(_ description: String, _ change: String, _ messages: String...) {
    self.description = description
    self.change = change
    self.messages = messages
  }
}
