import NIOCore
import Testing

@testable import ObjectStorage

/// What every store does, whichever service is behind it.
struct StoreContract {
  private let store: any ObjectStore
  /// Some emulators take no tags.
  private let options: WriteOptions
  private let replacesParts: Bool

  init(
    _ store: any ObjectStore, options: WriteOptions = WriteOptions(tags: ["a b": "c/d", "e": ""]),
    replacesParts: Bool = true
  ) {
    self.store = store
    self.options = options
    self.replacesParts = replacesParts && !store.partLimits.areInOrder
  }

  func verify() async throws {
    try await wholeObjects()
    try await listings()
    try await parts()
    try await uploads()
    try await deletion()
    #expect(try await store.objects("") == [])
  }

  private func wholeObjects() async throws {
    let key = try ObjectKey("one/ü +&=?#%.tar")
    #expect(try await store.information(of: key) == nil)
    await #expect(throws: ObjectStorageError.notFound(key)) { try await store.read(key, from: 0) }
    for content in [noise(1000, seed: 1), noise(300_000, seed: 2), ByteBuffer(), noise(2000, seed: 3)] {
      let before = try await store.information(of: key)?.tag
      try await store.write(content, to: key, options: options)
      let information = try #require(try await store.information(of: key))
      #expect(information.key == key)
      #expect(information.size == Int64(content.readableBytes))
      #expect(information.tag != nil && information.tag != before)
      #expect(abs((information.modified ?? 0) - HTTPDate.now) < 300)
      #expect(try await store.content(key) == content)
    }
    let content = noise(2000, seed: 3)
    for offset in [0, 1, 1999, 2000] {
      #expect(try await store.content(key, from: Int64(offset)) == content.getSlice(at: offset, length: 2000 - offset))
    }
    await #expect(throws: ObjectStorageError.self) { try await store.content(key, from: 2001) }
    try await store.delete([key])
    #expect(try await store.information(of: key) == nil)
  }

  private func listings() async throws {
    // A dot comes before a slash, a slash before a digit.
    let names = ["a.b", "a/b", "a/c/d", "a/c/e", "a0", "ab/x y", "b/1", "b/2", "z"]
    for name in names { try await store.write(noise(name.utf8.count), to: ObjectKey(name), options: WriteOptions()) }
    let all = try await store.objects("")
    #expect(all.map(\.key.text) == names)
    #expect(all.map(\.size) == names.map { Int64($0.utf8.count) })
    for object in all { #expect(try await store.information(of: object.key)?.tag == object.tag) }
    #expect(try await store.objects("a/").map(\.key.text) == ["a/b", "a/c/d", "a/c/e"])
    #expect(try await store.objects("a").map(\.key.text) == ["a.b", "a/b", "a/c/d", "a/c/e", "a0", "ab/x y"])
    #expect(try await store.objects("nothing/").isEmpty)
    var (below, prefixes, token): ([ObjectKey], [String], String?) = ([], [], nil)
    repeat {
      let page = try await store.list("", isFlat: false, after: token)
      below += page.objects.map(\.key)
      prefixes += page.prefixes
      token = page.next
    } while token != nil
    #expect(below.map(\.text) == ["a.b", "a0", "z"])
    #expect(prefixes == ["a/", "ab/", "b/"])
    #expect(try await store.folders("a/") == ["c"])
    try await store.delete(all.map(\.key))
  }

  private func parts() async throws {
    let key = try ObjectKey("parts/in order")
    let size = store.partLimits.minimum
    let content = [noise(size, seed: 1), noise(size, seed: 2), noise(10, seed: 3)]
    let object = try await store.beginParts(of: key, options: options)
    if replacesParts {
      _ = try await store.writePart(noise(size, seed: 9), number: 1, of: object)
    }
    var written: [WrittenPart] = []
    for (index, bytes) in content.enumerated() {
      written.append(try await store.writePart(bytes, number: index + 1, of: object))
    }
    #expect(try await store.information(of: key) == nil)
    try await store.completeParts(written, of: object)
    var whole = ByteBuffer()
    for var bytes in content { whole.writeBuffer(&bytes) }
    #expect(try await store.content(key) == whole)

    let abandoned = try await store.beginParts(of: ObjectKey("parts/abandoned"), options: options)
    _ = try await store.writePart(noise(size), number: 1, of: abandoned)
    try await store.abandonParts(of: abandoned)
    #expect(try await store.objects("parts/").map(\.key) == [key])
    try await store.delete([key])
  }

  private func uploads() async throws {
    let key = try ObjectKey("uploads/data.tar")
    let content = noise(30 << 20 | 12_345)
    let count = try await store.upload(to: key, options: options, parallel: 3) { writer in
      var rest = content
      while rest.readableBytes > 0, let piece = rest.readSlice(length: min(777_777, rest.readableBytes)) {
        try await writer.write(piece)
      }
    }
    #expect(count == Int64(content.readableBytes))
    #expect(try await store.content(key) == content)
    #expect(try await store.content(key, from: 20 << 20) == content.getSlice(at: 20 << 20, length: 10 << 20 | 12_345))
    struct Interrupted: Error {}
    await #expect(throws: Interrupted.self) {
      try await store.upload(to: ObjectKey("uploads/abandoned")) { writer in
        try await writer.write(content)
        throw Interrupted()
      }
    }
    #expect(try await store.objects("uploads/").map(\.key) == [key])
    try await store.delete([key])
  }

  private func deletion() async throws {
    let keys = try (0..<50).map { try ObjectKey("deleted/\($0)") }
    for key in keys { try await store.write(noise(1), to: key, options: WriteOptions()) }
    try await store.delete(keys + [ObjectKey("deleted/never there")])
    try await store.delete([])
    #expect(try await store.objects("deleted/") == [])
  }
}
