import Kubernetes

/// Which standbys may confirm a primary's commits, by where they run.
public enum StandbyPlacement: Sendable, Equatable {
  /// The Cluster does not ask.
  case anywhere
  /// Where the instances run is not known: nobody is left out.
  case unknown
  /// Those in another place than the primary.
  case elsewhere(Set<String>)
  /// Fewer are in another place than have to confirm: nobody is left out.
  case insufficient(Set<String>)
}

extension Cluster {
  /// Where the standbys of an instance are, if that one is the primary.
  ///
  /// With minSyncReplicas and maxSyncReplicas there is no minimum: where nobody is elsewhere, nobody confirms. With
  /// `synchronous` places give way to the number that has to confirm.
  public func standbyPlacement(primary: String) -> StandbyPlacement {
    let keys = failureDomainKeys
    guard !keys.isEmpty else { return .anywhere }
    guard let topology = status?.topology, topology.successfullyExtracted == true, let places = topology.instances,
      let own = places[primary], keys.contains(where: { own[$0] != nil })
    else { return .unknown }
    let elsewhere = Set(
      places.filter { instance, place in
        instance != primary
          && keys.contains { key in
            // A label that one of them does not have tells nothing.
            guard let mine = own[key], let theirs = place[key] else { return false }
            return mine != theirs
          }
      }.keys)
    guard let synchronous = spec.postgresql?.synchronous else { return .elsewhere(elsewhere) }
    let isEnough: Bool
    switch synchronous.dataDurability {
    case .preferred:
      // So many confirm as are well.
      isEnough = !elsewhere.isDisjoint(with: status?.instancesStatus?["healthy"] ?? [])
    case .required, nil: isEnough = elsewhere.count >= synchronous.number
    }
    return isEnough ? .elsewhere(elsewhere) : .insufficient(elsewhere)
  }
}
