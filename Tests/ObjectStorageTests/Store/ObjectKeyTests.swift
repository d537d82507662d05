import Testing

@testable import ObjectStorage

@Suite("ObjectKey")
struct ObjectKeyTests {
  @Test("plain paths become keys", arguments: ["a", "a/b.tar", "demo/base/20261127T101500/backup.info", "ü/ .x"])
  func plain(_ text: String) throws {
    #expect(try ObjectKey(text).text == text)
  }

  @Test(
    "what leads out of the store, or is no plain path, never becomes a key",
    arguments: ["", "/etc/passwd", "a//b", "a/", "..", "a/../b", "./a", "a/.", "a\\b", "a\nb", "a\u{7f}", "a\0b"])
  func refused(_ text: String) {
    #expect(throws: ObjectStorageError.self) { try ObjectKey(text) }
  }

  @Test("the limit is 1024 bytes, not characters")
  func length() throws {
    _ = try ObjectKey(String(repeating: "a", count: 1024))
    #expect(throws: ObjectStorageError.self) { try ObjectKey(String(repeating: "ü", count: 513)) }
  }

  @Test("keys are in the order of their bytes")
  func order() throws {
    let keys = try ["b", "a/b", "a", "a.b", "B"].map { try ObjectKey($0) }
    #expect(keys.sorted().map(\.text) == ["B", "a", "a.b", "a/b", "b"])
  }
}
