import GRDB

extension BlobIndex {
  /// What a page is made of.
  struct Listing: Sendable {
    var prefix = ""
    /// Names are cut behind the first of these that follows the prefix; empty lists them all.
    var delimiter = ""
    /// Only names after this.
    var after: String?
    var limit = 5000
  }

  /// - Throws: ``StorageError/containerNotFound``.
  func list(container: String, account: String, _ listing: Listing) async throws -> BlobPage {
    try await read { database in
      _ = try Self.existing(container, account, database)
      return try Self.page(container, account, listing, database)
    }
  }

  private static func page(
    _ container: String, _ account: String, _ listing: Listing, _ database: Database
  ) throws -> BlobPage {
    var page = BlobPage()
    // Equal to the prefix counts too, so the first page begins with it and later ones behind the last name.
    let after = listing.after.flatMap { $0.utf8.lexicographicallyPrecedes(listing.prefix.utf8) ? nil : $0 }
    var bound = after ?? listing.prefix
    var isInclusive = after == nil
    while true {
      let cursor = try Row.fetchCursor(
        database.cachedStatement(
          sql: """
            SELECT \(columns) FROM blob
            WHERE account = ? AND container = ? AND name \(isInclusive ? ">=" : ">") ? ORDER BY name
            """), arguments: [account, container, bound])
      var skipped: String?
      while let row = try cursor.next() {
        let name: String = row[1]
        guard name.utf8.starts(with: listing.prefix.utf8) else { return page }
        if page.entries.count == listing.limit {
          page.next = bound
          return page
        }
        if let common = common(name, listing) {
          page.entries.append(.prefix(common))
          skipped = common
          break
        }
        page.entries.append(.blob(try blob(row)))
        bound = name
      }
      guard let skipped else { return page }
      // All names that begin like this are behind; no name of them is greater than this.
      bound = skipped + "\u{10FFFF}"
      isInclusive = false
    }
  }

  private static func common(_ name: String, _ listing: Listing) -> String? {
    guard !listing.delimiter.isEmpty else { return nil }
    let rest = name[name.utf8.index(name.startIndex, offsetBy: listing.prefix.utf8.count)...]
    guard let end = rest.firstRange(of: listing.delimiter)?.upperBound else { return nil }
    return String(name[..<end])
  }
}
