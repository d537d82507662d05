import Foundation
import NIOCore
import Testing

@testable import LocalCluster

@Suite("The store of blobs")
struct BlobStoreTests {
  private func withStore(_ body: (BlobStore, String) async throws -> Void) async throws {
    try await withTemporaryDirectory { directory in
      let store = try await BlobStore(directory: directory)
      _ = try await store.index.createContainer("herd", account: "cow")
      try await body(store, directory)
    }
  }

  private func key(_ name: String) -> BlobKey { BlobKey(account: "cow", container: "herd", name: name) }

  private func write(_ text: String, _ store: BlobStore) async throws -> ContentWriter.Finished {
    var writer = try await ContentWriter(in: store.files, md5: true, crc64: true)
    try await writer.append(ByteBuffer(string: text))
    return try await writer.finish()
  }

  private func put(_ name: String, _ text: String, _ store: BlobStore) async throws {
    let file = try await write(text, store)
    let (_, obsolete) = try await store.index.put(
      key(name), details: BlobDetails(), size: file.size, file: file.name, if: { _ in })
    await store.files.remove(obsolete)
  }

  private func stage(_ id: String, _ text: String, _ name: String, _ store: BlobStore) async throws {
    let file = try await write(text, store)
    await store.files.remove(
      try await store.index.add(BlobSegment(blockID: id, size: file.size, file: file.name), to: key(name)))
  }

  private func text(_ name: String, _ store: BlobStore) async throws -> String {
    let (_, segments) = try await store.index.content(key(name))
    return try segments.map { try String(contentsOfFile: store.files.path($0.file), encoding: .utf8) }.joined()
  }

  private func files(_ directory: String) -> [String] {
    Directories.names(in: "\(directory)/content").flatMap { Directories.names(in: "\(directory)/content/\($0)") }
  }

  @Test("keeps what was put, and not what was replaced or deleted")
  func life() async throws {
    try await withStore { store, directory in
      try await put("a", "one", store)
      try await put("a", "two", store)
      try await put("b", "three", store)
      #expect(try await text("a", store) == "two")
      #expect(files(directory).count == 2)
      await store.files.remove(try await store.index.delete(key("a"), if: { _ in }))
      #expect(files(directory).count == 1)
      await #expect(throws: StorageError.blobNotFound) { try await store.index.blob(key("a")) }
      await store.files.remove(try await store.index.deleteContainer("herd", account: "cow"))
      #expect(files(directory).isEmpty)
      await #expect(throws: StorageError.containerNotFound) { try await store.index.blob(key("b")) }
    }
  }

  @Test("computes the sums of what it writes")
  func sums() async throws {
    try await withStore { store, _ in
      let file = try await write("123456789", store)
      #expect(file.md5.map { Data($0).base64EncodedString() } == "JfnnlDI7RTiF9RgfG2JNCw==")
      // The check value of CRC-64/NVME, least significant byte first.
      #expect(file.crc64 == [0x88, 0x98, 0x79, 0x0A, 0x86, 0x14, 0x8B, 0xAE])
    }
  }

  @Test("makes a blob from blocks in the order of a list, and drops the others")
  func blocks() async throws {
    try await withStore { store, directory in
      for (id, text) in [("QQ==", "A"), ("Qg==", "B"), ("Qw==", "C")] { try await stage(id, text, "x", store) }
      await #expect(throws: StorageError.blobNotFound) { try await store.index.blob(key("x")) }
      let list = ["Qg==", "QQ==", "Qg=="].map { BlockReference(id: $0, kind: .latest) }
      let (_, obsolete) = try await store.index.commit(list, of: key("x"), details: BlobDetails(), if: { _ in })
      await store.files.remove(obsolete)
      #expect(try await text("x", store) == "BAB")
      #expect(try await store.index.blob(key("x")).size == 3)
      #expect(files(directory).count == 2)
      // Of the blob itself, without being sent again.
      let again = [BlockReference(id: "QQ==", kind: .committed)]
      await store.files.remove(
        try await store.index.commit(again, of: key("x"), details: BlobDetails(), if: { _ in }).obsolete)
      #expect(try await text("x", store) == "A")
      #expect(files(directory).count == 1)
    }
  }

  @Test("refuses a list with a block that is not there, and is as before")
  func missing() async throws {
    try await withStore { store, _ in
      try await put("x", "old", store)
      try await stage("QQ==", "A", "x", store)
      for list in [
        [BlockReference(id: "Qg==", kind: .latest)], [BlockReference(id: "QQ==", kind: .committed)],
        [BlockReference(id: "", kind: .latest)],
      ] {
        await #expect(throws: StorageError.invalidBlockList) {
          try await store.index.commit(list, of: key("x"), details: BlobDetails(), if: { _ in })
        }
      }
      #expect(try await text("x", store) == "old")
      #expect(try await store.index.blocks(of: key("x")).uncommitted.map(\.blockID) == ["QQ=="])
    }
  }

  @Test("refuses blocks whose names have another length than the first")
  func lengths() async throws {
    try await withStore { store, _ in
      try await stage("QQ==", "A", "x", store)
      await #expect(throws: StorageError.invalidBlobOrBlock) { try await stage("QUE=", "B", "x", store) }
    }
  }

  @Test("drops, when it is opened, what a crash left behind")
  func crash() async throws {
    try await withTemporaryDirectory { directory in
      do {
        let store = try await BlobStore(directory: directory)
        _ = try await store.index.createContainer("herd", account: "cow")
        try await put("whole", "whole", store)
        try await stage("QQ==", "A", "blocks", store)
        // In the middle of an upload, and after one that the index was never told of.
        var writer = try await ContentWriter(in: store.files, md5: false, crc64: false)
        try await writer.append(ByteBuffer(string: "half"))
        _ = try await write("unknown", store)
      }
      #expect(files(directory).count == 4)
      let store = try await BlobStore(directory: directory)
      #expect(files(directory).count == 2)
      #expect(try await text("whole", store) == "whole")
      #expect(try await store.index.blocks(of: key("blocks")).uncommitted.count == 1)
    }
  }

  @Test("keeps a replaced file as long as somebody reads it")
  func readers() async throws {
    try await withStore { store, directory in
      try await put("x", "old", store)
      let file = try await store.index.content(key("x")).segments[0].file
      store.files.hold([file])
      store.files.hold([file])
      try await put("x", "new", store)
      await store.files.release([file])
      #expect(files(directory).count == 2)
      await store.files.release([file])
      #expect(files(directory).count == 1)
    }
  }

  @Test("answers writes that come together, each with its own result")
  func together() async throws {
    try await withStore { store, _ in
      let results = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<40 {
          group.addTask {
            // Every other one names a container that is not there.
            let container = number % 2 == 0 ? "herd" : "none"
            let key = BlobKey(account: "cow", container: container, name: "b\(number)")
            let made = try? await store.index.put(
              key, details: BlobDetails(), size: 0, file: "f\(number)", if: { _ in })
            return (made != nil) == (number % 2 == 0)
          }
        }
        return await group.reduce(into: [Bool]()) { $0.append($1) }
      }
      #expect(results.allSatisfy { $0 })
      let page = try await store.index.list(container: "herd", account: "cow", BlobIndex.Listing())
      #expect(page.entries.count == 20)
    }
  }

  @Test("forgets blocks that nobody committed for a week")
  func expiry() async throws {
    try await withStore { store, _ in
      try await stage("QQ==", "A", "x", store)
      try await store.index.expireBlocks(now: BlobClock.now() + 6 * 86_400_000)
      #expect(try await store.index.blocks(of: key("x")).uncommitted.count == 1)
      try await store.index.expireBlocks(now: BlobClock.now() + 8 * 86_400_000)
      await #expect(throws: StorageError.blobNotFound) { _ = try await store.index.blocks(of: key("x")) }
    }
  }
}
