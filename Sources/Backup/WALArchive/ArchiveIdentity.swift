import PostgreSQL

/// Whether what an archive holds is this cluster's: of two clusters that write to one place neither could be restored.
public enum ArchiveIdentity {
  /// - Parameters:
  ///   - isNew: this cluster has archived nothing yet.
  /// - Throws: ``ArchiveRefusal`` saying what is there and what to do.
  public static func check(
    _ content: WALArchive.Content, of own: SystemIdentifier?, isNew: Bool, place: WALArchive.Place
  ) throws(ArchiveRefusal) {
    switch content {
    case .empty: return
    case .files(_, of: _) where isNew: throw .notEmpty(place.description)
    case .files(let example, of: let theirs):
      if let own, let theirs, theirs != own {
        throw .foreign(place.description, example: example.text, theirs: theirs, own: own)
      }
    }
  }
}

public enum ArchiveRefusal: Error, Equatable, CustomStringConvertible {
  case notEmpty(String)
  case foreign(String, example: String, theirs: SystemIdentifier, own: SystemIdentifier)

  public var description: String {
    switch self {
    case .notEmpty(let place):
      "Expected empty archive: \(place) already holds write-ahead log, and this cluster is new. "
        + "Give it a place of its own (spec.backup.barmanObjectStore.serverName or destinationPath), or, if what is there "
        + "is not needed, remove it."
    case .foreign(let place, let example, let theirs, let own):
      "\(place) belongs to another database cluster: \(example) has system identifier \(theirs), this one has \(own). "
        + "Nothing is overwritten: give this cluster a place of its own (spec.backup.barmanObjectStore.serverName)."
    }
  }
}
