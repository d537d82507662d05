/// What PGDATA holds.
enum DataDirectoryState: Sendable, Equatable {
  case empty
  /// Making, copying or rewinding the data was begun and not finished: of no use, and never started.
  case incomplete(IncompleteWork)
  /// A standby's if there is a `standby.signal`, otherwise a primary's.
  case complete(isStandby: Bool)
  /// Files, but no database cluster. The text says what to do.
  case damaged(String)
}

/// What is being done to a data directory, written beside it before it begins.
enum IncompleteWork: String, Sendable {
  case initialization
  case clone
  case rewind
  /// Unpacking a backup, and what follows until the cluster is a new one.
  case recovery
}
