import Foundation
import GRDB

/// What a "Put Block List" names: a block, and where it is looked for.
struct BlockReference: Sendable, Equatable {
  enum Kind: Sendable { case committed, uncommitted, latest }

  /// Base64, as the client named it.
  var id: String
  var kind: Kind
}

extension BlobIndex {
  /// A blob has at most so many blocks ("Scalability targets for Blob storage").
  static let mostBlocks = 50_000
  /// And so many that are not committed.
  private static let mostUncommitted = 100_000

  /// Takes a block in; one of the same name is replaced.
  ///
  /// - Returns: the file of that one.
  func add(_ block: BlobSegment, to key: BlobKey) async throws -> [String] {
    try await write { database in
      _ = try Self.existing(key.container, key.account, database)
      let arguments: StatementArguments = [key.account, key.container, key.name]
      let known = try Row.fetchOne(
        database.cachedStatement(
          sql: "SELECT count(*), max(block) FROM block WHERE account = ? AND container = ? AND name = ?"),
        arguments: arguments)
      if let other = known?[1] as String?, Self.length(other) != Self.length(block.blockID) {
        throw StorageError.invalidBlobOrBlock
      }
      guard known?[0] as Int? ?? 0 < Self.mostUncommitted else { throw StorageError.tooManyUncommittedBlocks }
      let old = try String.fetchAll(
        database.cachedStatement(
          sql: "SELECT file FROM block WHERE account = ? AND container = ? AND name = ? AND block = ?"),
        arguments: arguments + [block.blockID])
      try database.cachedStatement(sql: "INSERT OR REPLACE INTO block VALUES (?, ?, ?, ?, ?, ?, ?)")
        .execute(arguments: arguments + [block.blockID, block.size, block.file, BlobClock.now()])
      return old
    }
  }

  /// All names of a blob's blocks have the same length, before they are encoded.
  private static func length(_ blockID: String) -> Int { Data(base64Encoded: blockID)?.count ?? 0 }

  /// Makes or replaces a blob from blocks. Those that are not named are dropped.
  ///
  /// - Returns: files that nothing consists of any more.
  func commit(
    _ blocks: [BlockReference], of key: BlobKey, details: BlobDetails, if condition: @escaping BlobCondition
  ) async throws -> (written: WrittenBlob, obsolete: [String]) {
    guard blocks.count <= Self.mostBlocks else { throw StorageError.blockCountExceedsLimit }
    return try await write { database in
      _ = try Self.existing(key.container, key.account, database)
      let old = try Self.find(key, database)
      try condition(old)
      let committed = try old.map { try Self.segments(of: $0, database) } ?? []
      let uncommitted = try Self.uncommitted(key, database)
      let segments = try Self.chosen(blocks, committed: committed, uncommitted: uncommitted)
      let (written, replaced) = try Self.replace(key, details: details, segments: segments, database)
      let dropped = Set(try Self.dropBlocks(key, database)).subtracting(segments.map(\.file))
      return (written, replaced + dropped)
    }
  }

  /// The blocks that a list names, in its order: a block may stand in it more than once.
  static func chosen(
    _ blocks: [BlockReference], committed: [BlobSegment], uncommitted: [BlobSegment]
  ) throws(StorageError) -> [BlobSegment] {
    let committed = Dictionary(committed.map { ($0.blockID, $0) }, uniquingKeysWith: { $1 })
    let uncommitted = Dictionary(uncommitted.map { ($0.blockID, $0) }, uniquingKeysWith: { $1 })
    var chosen: [BlobSegment] = []
    for block in blocks {
      let found =
        switch block.kind {
        case .committed: committed[block.id]
        case .uncommitted: uncommitted[block.id]
        case .latest: uncommitted[block.id] ?? committed[block.id]
        }
      guard let found, !found.blockID.isEmpty else { throw .invalidBlockList }
      chosen.append(found)
    }
    return chosen
  }

  /// What blocks there are: of the blob, in its order, and those that wait to be committed, by name.
  func blocks(
    of key: BlobKey
  ) async throws -> (blob: StoredBlob?, committed: [BlobSegment], uncommitted: [BlobSegment]) {
    try await read { database in
      let blob = try Self.find(key, database)
      let uncommitted = try Self.uncommitted(key, database)
      // Blocks alone make the blob exist, for this question.
      if blob == nil, uncommitted.isEmpty { _ = try Self.existing(key, database) }
      let committed = try blob.map { try Self.segments(of: $0, database) } ?? []
      return (blob, committed.filter { !$0.blockID.isEmpty }, uncommitted)
    }
  }

  private static func uncommitted(_ key: BlobKey, _ database: Database) throws -> [BlobSegment] {
    try Row.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT block, size, file FROM block WHERE account = ? AND container = ? AND name = ? ORDER BY block
          """), arguments: [key.account, key.container, key.name]
    ).map { BlobSegment(blockID: $0[0], size: $0[1], file: $0[2]) }
  }

  /// - Returns: their files.
  static func dropBlocks(_ key: BlobKey, _ database: Database) throws -> [String] {
    let files = try uncommitted(key, database).map(\.file)
    if !files.isEmpty {
      try database.execute(
        sql: "DELETE FROM block WHERE account = ? AND container = ? AND name = ?",
        arguments: [key.account, key.container, key.name])
    }
    return files
  }
}
