import PostgreSQL

/// Where a recovery stops (PostgreSQL's manual, "Recovery Target").
public struct RestoreTarget: Sendable, Equatable {
  public enum Stop: Sendable, Equatable {
    case endOfLog
    case time(UTCTime)
    case position(LSN)
    /// The id of a transaction, as PostgreSQL writes it.
    case transaction(String)
    /// A restore point (`pg_create_restore_point`).
    case name(String)
    /// As soon as the backup is consistent.
    case consistency
  }

  public var stop = Stop.endOfLog
  /// Nil chooses the one that fits.
  public var backup: BackupID?
  /// Nil is the newest that the backup leads to.
  public var timeline: TimelineID?
  /// Just before the target instead of just after it.
  public var isExclusive = false

  public init() {}

  /// What PostgreSQL is told, besides where files come from.
  ///
  /// - Parameter timeline: to recover to.
  public func parameters(timeline: TimelineID) -> [String: String] {
    var parameters = ["recovery_target_action": "promote", "recovery_target_timeline": timeline.description]
    switch stop {
    case .endOfLog: break
    case .time(let time): parameters["recovery_target_time"] = time.postgres
    case .position(let position): parameters["recovery_target_lsn"] = position.description
    case .transaction(let id): parameters["recovery_target_xid"] = id
    case .name(let name): parameters["recovery_target_name"] = name
    case .consistency: parameters["recovery_target"] = "immediate"
    }
    if isExclusive { parameters["recovery_target_inclusive"] = "off" }
    return parameters
  }
}

extension RestoreTarget: CustomStringConvertible {
  public var description: String {
    let place =
      switch stop {
      case .endOfLog: "the end of the archive"
      case .time(let time): time.description
      case .position(let position): "position \(position)"
      case .transaction(let id): "transaction \(id)"
      case .name(let name): "restore point \"\(name)\""
      case .consistency: "the end of the backup"
      }
    return isExclusive ? "just before \(place)" : place
  }
}
