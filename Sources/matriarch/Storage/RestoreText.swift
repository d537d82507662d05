import Backup
import Foundation
import Glibc
import Kubernetes
import PostgreSQL

/// How a restore is announced, and what to do once it is done.
struct RestoreText: Sendable {
  let place: String
  let restorePlan: RestorePlan
  let info: BackupInfo
  let directories: RestoreDirectories

  init(place: String, plan: RestorePlan, info: BackupInfo, directories: RestoreDirectories) {
    self.place = place
    restorePlan = plan
    self.info = info
    self.directories = directories
  }

  private var major: Int? { info.versionNumber.map { ServerVersion(number: $0).major } }

  var plan: String {
    let backup = [
      "\(info.id), ended \(info.endTime?.seconds ?? "?")", major.map { "PostgreSQL \($0)" },
      info.clusterSize.map { Bytes.text($0) },
    ].compactMap { $0 }.joined(separator: ", ")
    var rows = [
      ["From", place], ["Backup", backup],
      [
        "Log",
        "\(restorePlan.segments) segments, \(info.beginSegment?.fileName ?? "?") to \(restorePlan.lastFile); "
          + "without a gap up to \(restorePlan.reach)",
      ],
      ["Timeline", "\(restorePlan.timeline)"], ["Target", "\(restorePlan.target)"], ["Into", directories.data],
    ]
    if let wal = directories.wal { rows.append(["", "\(wal) (pg_wal)"]) }
    rows += info.tablespaces.map { ["", "\($0.location) (tablespace \($0.name))"] }
    return Columns.lines(rows).joined(separator: "\n")
  }

  func done(_ outcome: Restoration.Outcome) -> String {
    let program = "/usr/lib/postgresql/\(major ?? 0)/bin/pg_ctl"
    let start = FileManager.default.isExecutableFile(atPath: program) ? program : "pg_ctl"
    let data = ShellWord.quoted(directories.data)
    let isRoot = geteuid() == 0
    var lines = [
      "",
      "Restored \(outcome.files) files, \(Bytes.text(outcome.bytes)), in \(Int(outcome.seconds.rounded(.up))) s.",
      "",
    ]
    if isRoot {
      let all = [directories.data] + (directories.wal.map { [$0] } ?? []) + directories.tablespaces
      lines += [
        "PostgreSQL does not run as root. Give it to the user that it runs as, who needs to be able to run this program:",
        "  chown -R postgres \(all.map { ShellWord.quoted($0) }.joined(separator: " "))", "",
      ]
    }
    lines += [
      "Start it\(isRoot ? " as that user" : "") with PostgreSQL \(major.map { "\($0)" } ?? "of the same major version"), in a "
        + "shell that has the credentials in its environment:",
      "  \(start) -D \(data) -l \(ShellWord.quoted(directories.data + ".log")) -t 86400 -o '-p 5432' start",
      "It replays the log up to \(restorePlan.target) and then takes writes, on a timeline of its own. See how far it is:",
      "  psql\(outcome.overridden["unix_socket_directories"].map { " -h \($0)" } ?? "") -p 5432 -U postgres -d postgres -c "
        + "'select pg_is_in_recovery(), pg_last_xact_replay_timestamp()'",
      "",
      "Not as on the old server (postgresql.auto.conf):",
    ]
    lines += outcome.overridden.sorted { $0.key < $1.key }.map { "  \($0.key) = '\($0.value)'" }
    lines.append(
      "With archive_mode off nothing is written into the bucket. Give it a place of its own before that changes.")
    return lines.joined(separator: "\n")
  }

  func json(_ outcome: Restoration.Outcome?) -> JSON {
    var fields: [String: JSON] = [
      "from": .string(place), "backup": .string(info.id.text), "timeline": .int(Int64(restorePlan.timeline.number)),
      "segments": .int(Int64(restorePlan.segments)), "lastFile": .string(restorePlan.lastFile.text),
      "reach": .string(restorePlan.reach.description), "target": .string(restorePlan.target.description),
      "directory": .string(directories.data),
    ]
    fields["walDirectory"] = directories.wal.map { .string($0) }
    fields["version"] = info.versionNumber.map { .int(Int64($0)) }
    if let outcome {
      fields["restored"] = [
        "files": .int(Int64(outcome.files)), "bytes": .int(outcome.bytes), "seconds": .double(outcome.seconds),
      ]
    }
    return .object(fields)
  }
}
