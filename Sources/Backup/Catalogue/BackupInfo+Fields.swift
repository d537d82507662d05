import PostgreSQL

extension BackupInfo {
  /// A tablespace, and where it lay.
  public struct Tablespace: Sendable, Equatable {
    public var name: String
    public var oid: UInt32
    public var location: String

    public init(name: String, oid: UInt32, location: String) {
      self.name = name
      self.oid = oid
      self.location = location
    }
  }

  public var status: Status? {
    get { fields["status"].flatMap { Status(rawValue: $0) } }
    set { fields["status"] = newValue?.rawValue }
  }

  /// Whole, and to be restored.
  public var isDone: Bool { status == .done && beginTime != nil && endTime != nil }

  public var name: String? {
    get { fields["backup_name"] }
    set { fields["backup_name"] = newValue }
  }

  public var error: String? {
    get { fields["error"] }
    set { fields["error"] = newValue.map { String($0.map { $0.isNewline ? " " : $0 }) } }
  }

  public var timeline: TimelineID? {
    get { fields["timeline"].flatMap { UInt32($0) }.map { TimelineID($0) } }
    set { fields["timeline"] = newValue?.description }
  }

  public var systemIdentifier: SystemIdentifier? {
    get { fields["systemid"].flatMap { SystemIdentifier($0) } }
    set { fields["systemid"] = newValue?.description }
  }

  public var segmentSize: WALSegmentSize {
    get { fields["xlog_segment_size"].flatMap { UInt64($0) }.flatMap { WALSegmentSize(bytes: $0) } ?? .standard }
    set { fields["xlog_segment_size"] = String(newValue.bytes) }
  }

  /// `server_version_num`: 150018.
  public var versionNumber: Int? {
    get { fields["version"].flatMap { Int($0) } }
    set { fields["version"] = newValue.map { String($0) } }
  }

  public var beginTime: UTCTime? {
    get { fields["begin_time"].flatMap { UTCTime($0) } }
    set { fields["begin_time"] = newValue?.description }
  }

  public var endTime: UTCTime? {
    get { fields["end_time"].flatMap { UTCTime($0) } }
    set { fields["end_time"] = newValue?.description }
  }

  /// Where replay begins.
  public var begin: LSN? { fields["begin_xlog"].flatMap { LSN($0) } }

  /// Where the data are consistent.
  public var end: LSN? { fields["end_xlog"].flatMap { LSN($0) } }

  /// The segment in which replay begins.
  public var beginSegment: WALSegment? { fields["begin_wal"].flatMap { WALSegment(fileName: $0, size: segmentSize) } }

  public var endSegment: WALSegment? { fields["end_wal"].flatMap { WALSegment(fileName: $0, size: segmentSize) } }

  public mutating func setBegin(_ position: LSN, on timeline: TimelineID) {
    set("begin", position, WALSegment(timeline: timeline, containing: position, size: segmentSize))
    self.timeline = timeline
  }

  /// A position at the beginning of a segment belongs to the one before: nothing of the new one is needed
  /// (`pg_walfile_name`).
  public mutating func setEnd(_ position: LSN, on timeline: TimelineID) {
    let last = position.byte > 0 ? LSN(position.byte - 1) : position
    set("end", position, WALSegment(timeline: timeline, containing: last, size: segmentSize))
  }

  private mutating func set(_ which: String, _ position: LSN, _ segment: WALSegment) {
    fields["\(which)_xlog"] = position.description
    fields["\(which)_wal"] = segment.fileName
    fields["\(which)_offset"] = String(position.byte - segment.start.byte)
  }

  /// The segments that a restore needs to be consistent, in order; empty where that is not known.
  public var segments: [WALSegment] {
    guard let first = beginSegment, let last = endSegment, last.number >= first.number,
      last.number - first.number < 1 << 24
    else { return [] }
    return (first.number...last.number).map { WALSegment(timeline: first.timeline, number: $0, size: first.size) }
  }

  /// Whether positions, segments and timeline fit each other. The fields say the same more than once, so that a damaged file
  /// shows.
  var isCoherent: Bool {
    guard let begin, let end, let first = beginSegment, let last = endSegment, begin <= end else { return false }
    let size = segmentSize.bytes
    // A position at a segment's beginning is told with that segment or the one before.
    let lasts = [end.byte / size, (max(end.byte, 1) - 1) / size]
    return begin.byte / size == first.number && lasts.contains(last.number) && first.timeline == timeline
  }

  /// PostgreSQL's `backup_label`.
  public var label: String? {
    get { fields["backup_label"].flatMap { PythonLiteral($0)?.stringValue } }
    set { fields["backup_label"] = newValue.map { PythonLiteral.string($0).description } }
  }

  /// Empty where there are none, or where they cannot be read.
  public var tablespaces: [Tablespace] {
    get {
      let members = fields["tablespaces"].flatMap { PythonLiteral($0)?.members } ?? []
      return members.compactMap { member in
        guard let parts = member.members, parts.count == 3, let name = parts[0].stringValue,
          let oid = parts[1].integerValue.flatMap({ UInt32(exactly: $0) }), let location = parts[2].stringValue
        else { return nil }
        return Tablespace(name: name, oid: oid, location: location)
      }
    }
    set {
      let literal = PythonLiteral.list(
        newValue.map { .tuple([.string($0.name), .integer(Int64($0.oid)), .string($0.location)]) })
      fields["tablespaces"] = newValue.isEmpty ? nil : literal.description
    }
  }

  /// Bytes of the databases and tablespaces.
  public var clusterSize: Int64? {
    get { fields["cluster_size"].flatMap { Int64($0) } }
    set { fields["cluster_size"] = newValue.map { String($0) } }
  }

  /// Where the data lay, and the files of their configuration.
  public mutating func setPlaces(
    data: String, configuration: String, hba: String, ident: String, included: [String]
  ) {
    fields["pgdata"] = data
    fields["config_file"] = configuration
    fields["hba_file"] = hba
    fields["ident_file"] = ident
    fields["included_files"] =
      included.isEmpty ? nil : PythonLiteral.list(included.map { .string($0) }).description
  }

  public var dataDirectory: String? { fields["pgdata"] }

  public mutating func setServer(hasChecksums: Bool, summarizesWAL: String?) {
    fields["data_checksums"] = hasChecksums ? "on" : "off"
    fields["summarize_wal"] = summarizesWAL
  }

  /// How long the copy took, with how many workers.
  public mutating func setCopyStatistics(total: Double, copy: Double, workers: Int) {
    func pair(_ name: String, _ value: PythonLiteral) -> PythonLiteral.Pair {
      PythonLiteral.Pair(key: .string(name), value: value)
    }
    fields["copy_stats"] =
      PythonLiteral.dictionary([
        pair("total_time", .float(total)), pair("number_of_workers", .integer(Int64(workers))),
        pair("analysis_time", .float(0)), pair("analysis_time_per_item", .dictionary([])),
        pair("copy_time", .float(copy)),
        pair("copy_time_per_item", .dictionary([pair("data", .float(copy))])),
        pair("serialized_copy_time", .float(copy)),
        pair("serialized_copy_time_per_item", .dictionary([pair("data", .float(copy))])),
      ]).description
  }
}
