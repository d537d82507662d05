import NIOCore
import ObjectStorage
import PostgreSQL

extension WALArchive {
  /// Whose write-ahead log an archive holds.
  public enum Content: Sendable, Equatable {
    case empty
    /// Files, one of them, and the system that it belongs to; nil where there is no whole segment.
    case files(WALFileName, of: SystemIdentifier?)
  }

  /// Looks into the newest segment: each tells which system it belongs to.
  ///
  /// - Throws: ``WALArchiveError/damaged(_:_:)`` where that cannot be read.
  public func content() async throws -> Content {
    let page = try await store.list("\(server)/wals/", isFlat: true, after: nil).objects
    guard let any = page.lazy.compactMap({ WALFileName(stored: $0.key.name) }).first else { return .empty }
    let folder = try await store.folders("\(server)/wals/").filter { $0.utf8.count == 16 }.max() ?? ""
    let names = try await store.objects("\(server)/wals/\(folder)/").compactMap { WALFileName(stored: $0.key.name) }
    guard let newest = names.filter({ $0.kind == .segment }).max(by: { $0.text < $1.text }),
      let (object, compression) = try await find(newest)
    else { return .files(any, of: nil) }
    let stored = try await store.download(object.key).collect(limit: 1 << 30)
    let header: WALSegmentHeader?
    do {
      header = WALSegmentHeader(try compression.decompress(stored, limit: 1 << 30).readableBytesView)
    } catch {
      throw WALArchiveError.damaged(object.key.text, "\(error)")
    }
    guard let header else { throw WALArchiveError.damaged(object.key.text, "it does not begin like a segment") }
    return .files(newest, of: header.systemIdentifier)
  }

  /// Every file that the archive has, each once.
  public func names() async throws -> Set<WALFileName> {
    Set(try await store.objects("\(server)/wals/").compactMap { WALFileName(stored: $0.key.name) })
  }
}

extension WALFileName {
  /// The name of a file by that of its object.
  init?(stored name: String) {
    for compression in Compression.allCases where !compression.suffix.isEmpty && name.hasSuffix(compression.suffix) {
      self.init(name.dropLast(compression.suffix.count))
      return
    }
    self.init(name)
  }
}
