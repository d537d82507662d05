import NIOCore
import PostgreSQL

/// What is known of one backup: the file `backup.info` of Barman (3.19 and 3.20), which its tools and CloudNativePG read.
///
/// Fields are kept as they were written, so that a file that is read and written is the same; typed views read and set
/// them. A field Barman does not know is never written: its tools would refuse the file.
public struct BackupInfo: Sendable, Equatable {
  public enum Status: String, Sendable {
    case empty = "EMPTY"
    case started = "STARTED"
    case failed = "FAILED"
    case waitingForLog = "WAITING_FOR_WALS"
    case done = "DONE"
    case syncing = "SYNCING"
  }

  /// The names of all fields, as Barman sorts them.
  static let names = [
    "backup_label", "backup_name", "begin_offset", "begin_time", "begin_wal", "begin_xlog", "children_backup_ids",
    "cluster_size", "compression", "config_file", "copy_stats", "data_checksums", "deduplicated_size", "encryption",
    "end_offset", "end_time", "end_wal", "end_xlog", "error", "hba_file", "ident_file", "included_files", "mode",
    "parent_backup_id", "pgdata", "server_name", "size", "snapshots_info", "status", "summarize_wal", "systemid",
    "tablespaces", "timeline", "version", "xlog_segment_size",
  ]

  /// Left out where they are not set; all others say `None`.
  static let optional: Set<String> = ["backup_name", "snapshots_info"]

  public let id: BackupID
  var fields: [String: String] = [:]

  /// A backup that begins.
  public init(id: BackupID) {
    self.id = id
    fields = ["server_name": "cloud", "status": Status.empty.rawValue, "xlog_segment_size": "16777216"]
  }

  // MARK: The file

  /// Why a file cannot be read.
  public struct Malformed: Error, Equatable, CustomStringConvertible {
    public var description: String
  }

  /// Reads a file. Lines that are empty or begin with `#` say nothing; what newer versions add is kept to itself.
  ///
  /// - Throws: ``Malformed`` naming the line.
  public init(id: BackupID, text: String) throws(Malformed) {
    self.id = id
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = line.trimmed
      if line.isEmpty || line.first == "#" { continue }
      guard let equals = line.firstIndex(of: "=") else {
        // The text of an error goes over several lines.
        if fields["error"] != nil { continue }
        throw Malformed(description: "line \(index + 1) is no `name=value`")
      }
      let name = String(line[..<equals].trimmed)
      guard Self.names.contains(name) else { continue }
      let value = line[line.index(after: equals)...].trimmed
      if value != "None" { fields[name] = String(value) }
    }
    guard fields["status"] != nil else { throw Malformed(description: "it does not say `status`") }
  }

  /// The file, as Barman writes it.
  public var text: String {
    Self.names.compactMap { name in
      if let value = fields[name] { return "\(name)=\(value)\n" }
      return Self.optional.contains(name) ? nil : "\(name)=None\n"
    }.joined()
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    let front = drop { $0.isWhitespace }
    guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return front[...last]
  }
}
