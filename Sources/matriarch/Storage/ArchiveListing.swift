import Backup
import Kubernetes
import PostgreSQL

/// How what there is to restore is shown.
struct ArchiveListing {
  let place: String
  let survey: ArchiveSurvey

  init(_ place: String, _ survey: ArchiveSurvey) {
    self.place = place
    self.survey = survey
  }

  // MARK: Backups

  /// How far a backup can be restored, or why it cannot.
  private func outlook(_ backup: BackupInfo) -> Result<RestorePlan, RestoreRefusal> {
    var target = RestoreTarget()
    target.backup = backup.id
    do throws(RestoreRefusal) { return .success(try RestorePlan(target, from: survey)) } catch {
      return .failure(error)
    }
  }

  private var rows: [[String]] {
    survey.backups.map { backup in
      let reach = try? outlook(backup).map { "\($0.reach), timeline \($0.timeline)" }.get()
      return [
        backup.id.text, backup.status?.rawValue ?? "?", backup.beginTime?.seconds ?? "-",
        backup.endTime?.seconds ?? "-",
        backup.timeline?.description ?? "-", backup.versionNumber.map { "\(ServerVersion(number: $0).major)" } ?? "-",
        backup.clusterSize.map { Bytes.text($0) } ?? "-", reach ?? "-",
      ]
    }
  }

  // MARK: Log

  /// Segments of a timeline that follow each other without a gap.
  struct Stretch: Equatable {
    var first: WALSegment
    var last: WALSegment
    var count: UInt64 { last.number - first.number + 1 }
  }

  var stretches: [Stretch] {
    let size = survey.backups.last?.segmentSize ?? .standard
    let segments = survey.files.filter { $0.kind == .segment }.compactMap { WALSegment(fileName: $0.text, size: size) }
      .sorted { ($0.timeline, $0.number) < ($1.timeline, $1.number) }
    return segments.reduce(into: []) { found, segment in
      if let last = found.last?.last, last.timeline == segment.timeline, last.number + 1 == segment.number {
        found[found.count - 1].last = segment
      } else {
        found.append(Stretch(first: segment, last: segment))
      }
    }
  }

  // MARK: Output

  var text: String {
    var lines = [place, ""]
    if survey.backups.isEmpty {
      lines.append("No backup.")
    } else {
      lines += Columns.lines(
        [["BACKUP", "STATUS", "BEGAN", "ENDED", "TIMELINE", "POSTGRESQL", "SIZE", "LOG UP TO"]] + rows)
    }
    for backup in survey.backups {
      if case .failure(let refusal) = outlook(backup) { lines.append("\(backup.id): \(backup.error ?? "\(refusal)")") }
    }
    for (id, reason) in survey.unreadable.sorted(by: { $0.key < $1.key }) {
      lines.append("\(id): backup.info cannot be read: \(reason)")
    }
    lines += ["", "Write-ahead log"]
    let stretches = stretches
    if stretches.isEmpty { lines.append("  none") }
    lines += stretches.map {
      "  timeline \($0.first.timeline): \($0.first.fileName) to \($0.last.fileName), \($0.count) segments"
    }
    return lines.joined(separator: "\n")
  }

  var json: JSON {
    [
      "location": .string(place),
      "backups": .array(survey.backups.map { json(of: $0) }),
      "unreadable": .object(
        Dictionary(uniqueKeysWithValues: survey.unreadable.map { ($0.key.text, JSON.string($0.value)) })),
      "log": .array(
        stretches.map {
          [
            "timeline": .int(Int64($0.first.timeline.number)), "first": .string($0.first.fileName),
            "last": .string($0.last.fileName), "segments": .int(Int64($0.count)),
          ]
        }),
    ]
  }

  private func json(of backup: BackupInfo) -> JSON {
    var fields: [String: JSON] = ["id": .string(backup.id.text)]
    func add(_ name: String, _ value: String?) { fields[name] = value.map { .string($0) } }
    add("name", backup.name)
    add("status", backup.status?.rawValue)
    add("error", backup.error)
    add("beganAt", backup.beginTime?.seconds)
    add("endedAt", backup.endTime?.seconds)
    add("beginWAL", backup.beginSegment?.fileName)
    add("endWAL", backup.endSegment?.fileName)
    add("beginLSN", backup.begin?.description)
    add("endLSN", backup.end?.description)
    add("systemIdentifier", backup.systemIdentifier?.description)
    fields["timeline"] = backup.timeline.map { .int(Int64($0.number)) }
    fields["version"] = backup.versionNumber.map { .int(Int64($0)) }
    fields["bytes"] = backup.clusterSize.map { .int($0) }
    switch outlook(backup) {
    case .success(let plan):
      fields["reach"] = [
        "lsn": .string(plan.reach.description), "timeline": .int(Int64(plan.timeline.number)),
        "lastFile": .string(plan.lastFile.text),
      ]
    case .failure(let refusal): fields["refused"] = .string("\(refusal)")
    }
    return .object(fields)
  }
}

/// Columns as wide as what stands in them.
enum Columns {
  static func lines(_ rows: [[String]]) -> [String] {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, text in
        column == row.count - 1 ? text : text.padding(toLength: widths[column] + 2, withPad: " ", startingAt: 0)
      }.joined()
    }
  }
}
