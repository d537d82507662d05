import Foundation
import PostgreSQL
import Testing

@testable import Instance

@Suite("What is known of a file") struct ControlFilesTests {
  @Test("holds until the file is written again, and not while that could go unnoticed")
  func stamps() async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "stamp-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(FileStamp(path) == nil)
    try Data("a".utf8).write(to: URL(filePath: path))
    #expect(FileStamp(path) == nil)
    try await Task.sleep(for: .milliseconds(120))
    let first = try #require(FileStamp(path))
    #expect(FileStamp(path) == first)
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.write(contentsOf: Data("b".utf8))
    try handle.close()
    try await Task.sleep(for: .milliseconds(120))
    #expect(FileStamp(path) != first)
  }
}
