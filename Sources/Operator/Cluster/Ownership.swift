import ClusterAPI
import Kubernetes

/// Whose an object is, seen from a Cluster that wants one of that name.
enum Ownership: Equatable {
  case own
  /// Nothing controls it: made by hand, or by a tool.
  case nobodys
  /// A Cluster that had the name before controls it: the garbage collector is about to remove it.
  case predecessors
  /// Something else controls it.
  case foreign(String)

  /// What is done with an object that nothing controls.
  enum Orphans {
    case refused
    /// It becomes the Cluster's, and goes with it.
    case adopted
    /// It is kept as it should be, and stays when the Cluster goes.
    case shared
  }

  init(_ metadata: ObjectMeta, cluster: Cluster) {
    guard let owner = (metadata.ownerReferences ?? []).first(where: { $0.controller == true }) else {
      self = .nobodys
      return
    }
    if owner.uid == cluster.uid {
      self = .own
    } else if owner.kind == Cluster.resource.kind, owner.apiVersion == Cluster.resource.apiVersion,
      owner.name == cluster.name
    {
      self = .predecessors
    } else {
      self = .foreign("\(owner.kind) \(owner.name)")
    }
  }

  /// Whether the object is to carry the Cluster as its owner.
  ///
  /// - Throws: where it must not be touched.
  func claim(_ kind: String, _ name: String, for cluster: Cluster, orphans: Orphans = .refused) throws(OperatorError)
    -> Bool
  {
    switch self {
    case .own: return true
    case .nobodys:
      if orphans == .refused { throw .notOwned(kind: kind, name: name, cluster: cluster.name) }
      return orphans == .adopted
    case .predecessors: throw .leftOver(kind: kind, name: name, cluster: cluster.name)
    case .foreign(let owner): throw .notOwned(kind: kind, name: name, cluster: cluster.name, owner: owner)
    }
  }
}

/// What keeps a pass from going on, with what to do about it.
enum OperatorError: Error, Equatable, CustomStringConvertible {
  case notOwned(kind: String, name: String, cluster: String, owner: String? = nil)
  case leftOver(kind: String, name: String, cluster: String)

  var description: String {
    switch self {
    case .notOwned(let kind, let name, let cluster, let owner):
      """
      refusing to reconcile \(kind.lowercased()): \(name), not owned by the cluster \(cluster)\
      \(owner.map { " but by \($0)" } ?? ""): rename or delete the \(kind), or give the Cluster another name
      """
    case .leftOver(let kind, let name, let cluster):
      """
      \(kind) \(name) still belongs to an earlier cluster \(cluster): it is being removed, and made anew afterwards. \
      Delete the \(kind) if it stays
      """
    }
  }

  /// The reason of the event about it.
  var eventReason: String {
    switch self {
    case .notOwned(kind: Lease.resource.kind, _, _, _): EventReason.primaryLeaseConflict
    default: EventReason.reconciliationFailed
    }
  }
}
