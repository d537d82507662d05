import Kubernetes

/// Where an object is found.
struct ObjectLocation: Sendable, Hashable, CustomStringConvertible {
  var resource: ResourceType
  /// Nil for an object of the whole cluster.
  var namespace: String?
  var name: String

  var description: String { "\(resource.kind) \(namespace.map { "\($0)/" } ?? "")\(name)" }
}

/// As much of an object as decides about its life.
struct GraphObject: Sendable, Equatable {
  static let foreground = "foregroundDeletion"
  static let orphan = "orphan"

  var uid: String
  var location: ObjectLocation
  var owners: [OwnerReference] = []
  var finalizers: [String] = []
  var isBeingDeleted = false

  var waitsForDependents: Bool { isBeingDeleted && finalizers.contains(Self.foreground) }
}

/// Who owns whom, and what follows from it (Kubernetes' garbage collector, as a value).
struct DependencyGraph: Sendable {
  private(set) var objects: [String: GraphObject] = [:]
  /// Owners' uids to their dependents' uids.
  private var dependents: [String: Set<String>] = [:]
  /// Owners that are certain to be gone, the latest last; bounded, since asking again is all that forgetting costs.
  private var absent: [String] = []
  private static let mostAbsent = 1000

  /// What to do about one object.
  enum Decision: Sendable, Equatable {
    case nothing
    /// These owners have not been seen. Ask the API, tell ``confirmAbsent(_:)`` or ``apply(_:)``, and decide again.
    case verify([OwnerReference])
    case delete(propagation: String)
    /// Other owners remain: take out the references to these (uids).
    case removeOwners(Set<String>)
    /// The owner's references in these objects go, then its finalizer.
    case orphan([GraphObject])
    /// Nothing that blocks is left: the finalizer goes.
    case finishForeground
    /// These (uids) have to go first.
    case waitForDependents(Set<String>)
  }

  /// Takes in an object as it is now.
  ///
  /// - Returns: uids to decide about.
  mutating func apply(_ object: GraphObject) -> Set<String> {
    let before = objects[object.uid]
    guard before != object else { return [] }
    objects[object.uid] = object
    absent.removeAll { $0 == object.uid }
    let owners = Set(object.owners.map(\.uid))
    let formerOwners = Set(before?.owners.map(\.uid) ?? [])
    for owner in formerOwners.subtracting(owners) { unlink(object.uid, from: owner) }
    for owner in owners { dependents[owner, default: []].insert(object.uid) }
    var affected: Set<String> = [object.uid]
    // An owner that waits for this one may be free now.
    affected.formUnion(formerOwners.filter { objects[$0]?.waitsForDependents ?? false })
    affected.formUnion(owners.filter { objects[$0]?.waitsForDependents ?? false })
    if object.waitsForDependents { affected.formUnion(dependents[object.uid] ?? []) }
    return affected
  }

  /// The object is gone.
  ///
  /// - Returns: uids to decide about.
  mutating func remove(_ uid: String) -> Set<String> {
    let object = objects.removeValue(forKey: uid)
    for owner in object?.owners ?? [] { unlink(uid, from: owner.uid) }
    confirmAbsent(uid)
    let waiting = (object?.owners ?? []).map(\.uid).filter { objects[$0]?.waitsForDependents ?? false }
    return (dependents[uid] ?? []).union(waiting)
  }

  /// The API says that no object has this uid any more.
  mutating func confirmAbsent(_ uid: String) {
    absent.removeAll { $0 == uid }
    absent.append(uid)
    if absent.count > Self.mostAbsent { absent.removeFirst(absent.count - Self.mostAbsent) }
  }

  private mutating func unlink(_ dependent: String, from owner: String) {
    dependents[owner]?.remove(dependent)
    if dependents[owner]?.isEmpty == true { dependents[owner] = nil }
  }

  func decide(_ uid: String) -> Decision {
    guard let object = objects[uid] else { return .nothing }
    if object.isBeingDeleted { return decideDeleted(object) }
    guard !object.owners.isEmpty else { return .nothing }
    var unknown: [OwnerReference] = []
    var solid = false
    var waiting: Set<String> = []
    var dangling: Set<String> = []
    for reference in object.owners {
      switch state(of: reference, for: object) {
      case .solid: solid = true
      case .waiting: waiting.insert(reference.uid)
      case .absent: dangling.insert(reference.uid)
      case .unknown: unknown.append(reference)
      }
    }
    guard unknown.isEmpty else { return .verify(unknown) }
    if solid {
      let gone = dangling.union(waiting)
      return gone.isEmpty ? .nothing : .removeOwners(gone)
    }
    if !waiting.isEmpty, dependents[uid] != nil { return .delete(propagation: "Foreground") }
    if object.finalizers.contains(GraphObject.orphan) { return .delete(propagation: "Orphan") }
    if object.finalizers.contains(GraphObject.foreground) { return .delete(propagation: "Foreground") }
    return .delete(propagation: "Background")
  }

  private func decideDeleted(_ object: GraphObject) -> Decision {
    let children = (dependents[object.uid] ?? []).compactMap { objects[$0] }
    if object.finalizers.contains(GraphObject.orphan) { return .orphan(children.sorted { $0.uid < $1.uid }) }
    guard object.finalizers.contains(GraphObject.foreground) else { return .nothing }
    let blocking = children.contains { child in
      child.owners.contains { $0.uid == object.uid && $0.blockOwnerDeletion == true }
    }
    return blocking ? .waitForDependents(Set(children.map(\.uid))) : .finishForeground
  }

  private enum OwnerState { case solid, waiting, absent, unknown }

  private func state(of reference: OwnerReference, for object: GraphObject) -> OwnerState {
    guard let owner = objects[reference.uid] else {
      return absent.contains(reference.uid) ? .absent : .unknown
    }
    if let namespace = owner.location.namespace {
      // An owner in a namespace cannot own an object of the whole cluster; Kubernetes leaves such an object alone.
      guard let own = object.location.namespace else { return .solid }
      if own != namespace { return .absent }
    }
    return owner.waitsForDependents ? .waiting : .solid
  }
}
