import ClusterAPI
import Foundation
import Kubernetes

/// A backup that a person asks for.
public struct BackupOrder: Sendable {
  public var cluster: ClusterReference
  /// Nil takes the cluster's name and the time.
  public var name: String?
  public var target: BackupTarget?
  public var method = BackupMethod.barmanObjectStore
  public var online: Bool?
  public var immediateCheckpoint: Bool?
  public var waitsForArchive: Bool?
  public var pluginName: String?
  public var pluginParameters: [String: String] = [:]

  public init(of cluster: ClusterReference) { self.cluster = cluster }

  /// Why an order cannot be carried out.
  public enum Problem: Error, Equatable, CustomStringConvertible {
    case pluginName(isMissing: Bool)
    case unreadableParameter(String)

    public var description: String {
      switch self {
      case .pluginName(isMissing: true): "--plugin-name says which plugin makes the backup: --method plugin needs it."
      case .pluginName(isMissing: false): "--plugin-name and --plugin-parameters are for --method plugin only."
      case .unreadableParameter(let text): "\"\(text)\" is no parameter: write KEY=VALUE, several with commas between."
      }
    }
  }

  /// The Backup that asks for it.
  public func backup(now: Date) throws(Problem) -> Backup {
    if method == .plugin, pluginName.isNilOrEmpty { throw .pluginName(isMissing: true) }
    if method != .plugin, pluginName != nil || !pluginParameters.isEmpty { throw .pluginName(isMissing: false) }
    let time = Timestamp.seconds(now).filter(\.isNumber)
    return Backup.named(name ?? "\(cluster.name)-\(time)", in: cluster.namespace) {
      $0.metadata.labels = [Labels.cluster: cluster.name]
      $0.spec = .with {
        $0.cluster = LocalReference(cluster.name)
        $0.target = target
        $0.method = method
        $0.online = online
        if immediateCheckpoint != nil || waitsForArchive != nil {
          $0.onlineConfiguration = .with {
            if let immediateCheckpoint { $0.immediateCheckpoint = immediateCheckpoint }
            if let waitsForArchive { $0.waitForArchive = waitsForArchive }
          }
        }
        $0.pluginConfiguration = pluginName.map { plugin in
          .with {
            $0.name = plugin
            $0.parameters = pluginParameters.isEmpty ? nil : pluginParameters
          }
        }
      }
    }
  }

  /// Reads `k=v,k=v`.
  public static func parameters(_ text: String) throws(Problem) -> [String: String] {
    var parameters: [String: String] = [:]
    for part in text.split(separator: ",") {
      let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2, !halves[0].isEmpty else { throw .unreadableParameter(String(part)) }
      parameters[String(halves[0])] = String(halves[1])
    }
    return parameters
  }
}
