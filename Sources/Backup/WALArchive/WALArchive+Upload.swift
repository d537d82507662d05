import NIOCore
import ObjectStorage
import PostgreSQL
import Processes

extension WALArchive {
  /// Brings a file to safety. What it says of itself has to fit its name, so that a damaged or mistaken file does not take a
  /// good one's place.
  ///
  /// - Parameters:
  ///   - path: of the file in `pg_wal`.
  ///   - system: of the cluster it has to belong to; nil where that is not known.
  /// - Throws: ``WALArchiveError``, `ObjectStorageError`, or `SystemError` where it cannot be read.
  public func upload(_ name: WALFileName, from path: String, of system: SystemIdentifier?) async throws {
    let compression = settings.compression
    let bytes = try await Blocking.run { try Self.compressed(path, name, system, compression) }
    try await store.write(bytes, to: key(name, compression), options: options(name))
  }

  /// Writes a note that postgres itself did not: of a backup that a standby made.
  public func upload(_ name: WALFileName, text: String) async throws {
    let bytes = try settings.compression.compress(ByteBuffer(string: text))
    try await store.write(bytes, to: key(name, settings.compression), options: options(name))
  }

  private func options(_ name: WALFileName) -> WriteOptions {
    WriteOptions(tags: name.kind == .history ? settings.historyTags : settings.tags, encryption: settings.encryption)
  }

  private static func compressed(
    _ path: String, _ name: WALFileName, _ system: SystemIdentifier?, _ compression: Compression
  ) throws -> ByteBuffer {
    let contents = try FileContents.read(path)
    if name.kind == .segment || name.kind == .partial {
      guard let header = WALSegmentHeader(contents.readableBytesView) else {
        throw WALArchiveError.notASegment(name.text)
      }
      if let fault = name.fault(of: header, size: contents.readableBytes, system: system) {
        throw WALArchiveError.unlikeItsName(name.text, fault)
      }
    }
    return try compression.compress(contents)
  }
}

extension WALFileName {
  /// What in a segment's first page does not fit this name; nil where everything does.
  func fault(of header: WALSegmentHeader, size: Int, system: SystemIdentifier?) -> String? {
    if let system, header.systemIdentifier != system {
      return "it belongs to system \(header.systemIdentifier), not to \(system)"
    }
    if UInt64(size) != header.segmentSize.bytes {
      return "it has \(size) bytes, a segment of its cluster has \(header.segmentSize.bytes)"
    }
    guard let segment = WALSegment(fileName: String(text.prefix(24)), size: header.segmentSize) else {
      return "there is no such segment of \(header.segmentSize.bytes) bytes"
    }
    // The first page of a segment in which a timeline begins is a copy of the old one's.
    if header.position != segment.start { return "it begins at \(header.position), not at \(segment.start)" }
    if header.timeline > segment.timeline { return "it is of timeline \(header.timeline)" }
    return nil
  }
}

/// Why a file of write-ahead log is not stored, or not taken from the archive.
public enum WALArchiveError: Error, Equatable, CustomStringConvertible {
  case notASegment(String)
  case unlikeItsName(String, String)
  /// What the archive holds cannot be what was stored.
  case damaged(String, String)

  public var description: String {
    switch self {
    case .notASegment(let name): "\(name) does not begin like a segment of write-ahead log."
    case .unlikeItsName(let name, let fault): "\(name) is not what its name says: \(fault)."
    case .damaged(let key, let fault):
      "Object \(key) is damaged: \(fault). Restore it from a copy of the bucket, or recover to a target before it."
    }
  }
}
