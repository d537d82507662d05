import Testing

@testable import LocalCluster

@Suite("A listing of blobs")
struct BlobListingTests {
  static let names = ["a", "b/1", "b/2", "b/c/3", "b0", "b\u{10FFFE}", "c", "ü/x"]

  private func listed(
    prefix: String = "", delimiter: String = "", limit: Int = 5000, after: String? = nil
  ) async throws -> [[String]] {
    try await withTemporaryDirectory { directory in
      let index = try BlobIndex(path: "\(directory)/blobs.sqlite")
      _ = try await index.createContainer("herd", account: "cow")
      _ = try await index.createContainer("other", account: "cow")
      for name in Self.names.reversed() {
        for container in ["herd", "other"] {
          let key = BlobKey(account: "cow", container: container, name: container == "herd" ? name : "x" + name)
          _ = try await index.put(key, details: BlobDetails(), size: 0, file: "", if: { _ in })
        }
      }
      var listing = BlobIndex.Listing(prefix: prefix, delimiter: delimiter, after: after, limit: limit)
      var pages: [[String]] = []
      repeat {
        let page = try await index.list(container: "herd", account: "cow", listing)
        pages.append(
          page.entries.map { entry in
            switch entry {
            case .blob(let blob): blob.name
            case .prefix(let prefix): prefix
            }
          })
        listing.after = page.next
      } while listing.after != nil
      return pages
    }
  }

  @Test("is in the order of names' bytes, and of one container")
  func order() async throws { #expect(try await listed() == [Self.names]) }

  @Test("has pages of the size that was asked for, and together they are all", arguments: 1...9)
  func pages(size: Int) async throws {
    let pages = try await listed(limit: size)
    #expect(pages.flatMap { $0 } == Self.names)
    #expect(pages.dropLast().allSatisfy { $0.count == size })
    #expect(pages.last?.isEmpty == false)
  }

  @Test("of a prefix has only names that begin like it")
  func prefix() async throws {
    #expect(try await listed(prefix: "b/") == [["b/1", "b/2", "b/c/3"]])
    #expect(try await listed(prefix: "b/1") == [["b/1"]])
    #expect(try await listed(prefix: "z") == [[]])
    #expect(try await listed(prefix: "ü") == [["ü/x"]])
  }

  @Test("with a delimiter has folders once, however large, over all pages", arguments: [1, 2, 5000])
  func folders(size: Int) async throws {
    #expect(
      try await listed(delimiter: "/", limit: size).flatMap { $0 } == ["a", "b/", "b0", "b\u{10FFFE}", "c", "ü/"])
    #expect(try await listed(prefix: "b/", delimiter: "/", limit: size).flatMap { $0 } == ["b/1", "b/2", "b/c/"])
  }

  @Test("goes on after a name, whether that is still there or not")
  func marker() async throws {
    #expect(try await listed(after: "b/2x") == [["b/c/3", "b0", "b\u{10FFFE}", "c", "ü/x"]])
    #expect(try await listed(prefix: "b/", after: "a") == [["b/1", "b/2", "b/c/3"]])
    #expect(try ListingMarker.decode(ListingMarker.encode("ü/x")) == "ü/x")
    #expect(throws: StorageError.self) { try ListingMarker.decode("b/2") }
  }
}
