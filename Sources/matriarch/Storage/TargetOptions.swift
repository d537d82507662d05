import ArgumentParser
import Backup
import PostgreSQL

/// Where a recovery stops, and with which backup it begins.
struct TargetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Begin with this backup; without it the newest that ended before the target.", valueName: "id"))
  var backupId: String?
  @Option(
    help: ArgumentHelp(
      "Stop at the last commit up to then: \"2026-11-27 09:59:00+01\", 2026-11-27T08:59:00Z; UTC without a zone.",
      valueName: "time"))
  var targetTime: String?
  @Option(
    name: .customLong("target-lsn"), help: ArgumentHelp("Stop at a position, such as 0/5000028.", valueName: "position")
  )
  var targetPosition: String?
  @Option(name: .customLong("target-xid"), help: ArgumentHelp("Stop at a transaction.", valueName: "number"))
  var targetTransaction: String?
  @Option(help: ArgumentHelp("Stop at a restore point (pg_create_restore_point).", valueName: "name"))
  var targetName: String?
  @Flag(help: "Stop as soon as the backup is consistent.") var targetImmediate = false
  @Flag(help: "Stop just before the target instead of just after it.") var exclusive = false
  @Option(
    help: ArgumentHelp("Follow this timeline; without it the newest that the backup leads to.", valueName: "number"))
  var timeline: String?

  mutating func validate() throws {
    let count =
      [targetTime, targetPosition, targetTransaction, targetName].count { $0 != nil } + (targetImmediate ? 1 : 0)
    guard count <= 1 else {
      throw ValidationError(
        "--target-time, --target-lsn, --target-xid, --target-name and --target-immediate exclude each other: give one.")
    }
    guard !exclusive || (count == 1 && !targetImmediate && targetName == nil) else {
      throw ValidationError("--exclusive belongs to --target-time, --target-lsn or --target-xid.")
    }
    _ = try restoreTarget()
  }

  func restoreTarget() throws -> RestoreTarget {
    func parsed<Value>(_ text: String, _ option: String, _ form: String, _ value: Value?) throws -> Value {
      guard let value else { throw ValidationError("\(option) \"\(text)\" is not \(form).") }
      return value
    }
    var target = RestoreTarget()
    target.isExclusive = exclusive
    if let text = backupId {
      target.backup = try parsed(text, "--backup-id", "of the form 20261127T101500 (`list` shows them)", BackupID(text))
    }
    if let text = timeline, text != "latest" {
      let number = UInt32(text).flatMap { $0 > 0 ? $0 : nil }
      target.timeline = TimelineID(try parsed(text, "--timeline", "`latest` or a number", number))
    }
    if let text = targetTime {
      target.stop = .time(try parsed(text, "--target-time", "a time such as 2026-11-27T08:59:00Z", UTCTime(text)))
    } else if let text = targetPosition {
      target.stop = .position(try parsed(text, "--target-lsn", "a position such as 0/5000028", LSN(text)))
    } else if let text = targetTransaction {
      _ = try parsed(text, "--target-xid", "a number", UInt64(text))
      target.stop = .transaction(text)
    } else if let name = targetName {
      target.stop = .name(name)
    } else if targetImmediate {
      target.stop = .consistency
    }
    return target
  }
}
