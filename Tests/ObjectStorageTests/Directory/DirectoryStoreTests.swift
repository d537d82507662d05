import Foundation
import NIOCore
import Testing

@testable import ObjectStorage

@Suite("A directory", .timeLimit(.minutes(1)))
struct DirectoryStoreTests {
  private let folder: TemporaryFolder
  private let store: DirectoryStore

  init() throws {
    folder = try TemporaryFolder("directory-store")
    store = try DirectoryStore("\(folder.path)/root/below")
  }

  private func files() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
  }

  @Test("does what every store does")
  func contract() async throws { try await StoreContract(store).verify() }

  @Test("lists in the order of the keys' bytes, page after page")
  func pages() async throws {
    let root = "\(folder.path)/root/below/many"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    for number in 0..<12_345 {
      let path = number % 3 == 0 ? "\(root)/a\(number % 7)/b" : root
      if number < 30 { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
      #expect(FileManager.default.createFile(atPath: "\(path)/\(number)", contents: nil))
    }
    let listed = try await store.objects("many/").map(\.key)
    #expect(listed.count == 12_345)
    #expect(listed == listed.sorted())
    #expect(Set(listed).count == listed.count)
    #expect(try await store.objects("many/a3/").count == (0..<12_345).count { $0 % 3 == 0 && $0 % 7 == 3 })
    #expect(try await store.folders("many/") == ["a0", "a1", "a2", "a3", "a4", "a5", "a6"])
    #expect(try await store.objects("many/1").allSatisfy { $0.key.name.hasPrefix("1") })
  }

  @Test("hidden files, links, pipes and names that are no keys are not listed and not read")
  func strangers() async throws {
    let key = try ObjectKey("wals/real")
    try await store.write(noise(10), to: key, options: WriteOptions())
    let wals = "\(folder.path)/root/below/wals"
    let outside = "\(folder.path)/secret"
    #expect(FileManager.default.createFile(atPath: outside, contents: Data("secret".utf8)))
    try FileManager.default.createSymbolicLink(atPath: "\(wals)/link", withDestinationPath: outside)
    try FileManager.default.createSymbolicLink(atPath: "\(wals)/folder", withDestinationPath: folder.path)
    #expect(mkfifo("\(wals)/pipe", 0o600) == 0)
    #expect(FileManager.default.createFile(atPath: "\(wals)/.hidden", contents: nil))
    #expect(FileManager.default.createFile(atPath: "\(wals)/line\nbreak", contents: nil))
    #expect(FileManager.default.createFile(atPath: "\(wals)/back\\slash", contents: nil))
    #expect(try await store.objects("").map(\.key) == [key])
    #expect(try await store.folders("wals/") == [])
    await #expect(throws: ObjectStorageError.self) { try await store.read(ObjectKey("wals/link"), from: 0) }
    #expect(try await store.information(of: ObjectKey("wals/folder/secret")) == nil)
    #expect(try await store.information(of: ObjectKey("wals/pipe")) == nil)
    let hidden = try ObjectKey("wals/.hidden")
    await #expect(throws: ObjectStorageError.notFound(hidden)) { try await store.read(hidden, from: 0) }
    await #expect(throws: ObjectStorageError.self) {
      try await store.write(noise(1), to: ObjectKey("wals/folder/new"), options: WriteOptions())
    }
    await #expect(throws: ObjectStorageError.self) {
      try await store.write(noise(1), to: ObjectKey("wals/.new"), options: WriteOptions())
    }
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/new"))
    try await store.delete([ObjectKey("wals/link")])
    #expect(FileManager.default.fileExists(atPath: outside))
  }

  @Test("an upload that is abandoned leaves no file, and folders go with their last object")
  func nothingLeft() async throws {
    struct Interrupted: Error {}
    let key = try ObjectKey("base/1/data.tar")
    await #expect(throws: Interrupted.self) {
      try await store.upload(to: key) { writer in
        try await writer.write(noise(20 << 20))
        throw Interrupted()
      }
    }
    #expect(
      try files().allSatisfy { $0 == "root" || $0.hasSuffix("below") || $0.hasSuffix("base") || $0.hasSuffix("1") })
    try await store.upload(to: key) { try await $0.write(noise(20 << 20)) }
    try await store.delete([key])
    #expect(try files() == ["root", "root/below"])
  }

  @Test("what a killed process left unfinished goes with the last object of its folder, a day later")
  func orphans() async throws {
    let key = try ObjectKey("base/1/data.tar")
    try await store.write(noise(1), to: key, options: WriteOptions())
    let (old, new) = (
      "\(folder.path)/root/below/base/1/.matriarch-old", "\(folder.path)/root/below/base/1/.matriarch-new"
    )
    #expect(FileManager.default.createFile(atPath: old, contents: nil))
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -90_000)], ofItemAtPath: old)
    #expect(FileManager.default.createFile(atPath: new, contents: nil))
    try await store.delete([key])
    #expect(!FileManager.default.fileExists(atPath: old))
    #expect(FileManager.default.fileExists(atPath: new))
    #expect(try await store.folders("base/") == [])
  }

  @Test("who reads an object reads it to its end although it is replaced")
  func replaced() async throws {
    let key = try ObjectKey("a")
    let old = noise(3 << 20, seed: 1)
    try await store.write(old, to: key, options: WriteOptions())
    let content = try await store.download(key)
    try await store.write(noise(10, seed: 2), to: key, options: WriteOptions())
    #expect(try await content.collect(limit: 4 << 20) == old)
  }

  @Test("writers and removers of the same folder do not disturb each other")
  func concurrency() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask { [store] in
          for round in 0..<25 {
            let key = try ObjectKey("deep/er/\(task)-\(round)")
            try await store.write(noise(100), to: key, options: WriteOptions())
            try await store.delete([key])
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await store.objects("") == [])
  }

  @Test("only absolute paths are directories", arguments: ["", "a", "/a/../b", "file:///a"])
  func paths(_ path: String) {
    #expect(throws: ObjectStorageError.self) { try DirectoryStore(path) }
  }
}
