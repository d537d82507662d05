import Failover
import Foundation
import Testing

@testable import Instance

@Suite("Commitments on disk") struct CommitmentFileTests {
  private let root = FileManager.default.temporaryDirectory.appending(path: "commitment-\(UUID())").path

  private func file(_ walVolume: Bool = true) throws -> CommitmentFile {
    try FileManager.default.createDirectory(atPath: "\(root)/wal", withIntermediateDirectories: true)
    return CommitmentFile(data: "\(root)/pgdata", walVolume: walVolume ? "\(root)/wal" : nil)
  }

  @Test("are found again, with one start more")
  func again() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    var (contents, isNew) = try file().open { Issue.record("nothing is lost") }
    #expect(isNew && contents.incarnation == 1)
    contents.commitment.promised = Term(7)
    try file().write(contents)
    let again = try file().open { Issue.record("nothing is lost") }
    #expect(!again.isNew && again.contents.incarnation == 2)
    #expect(again.contents.identity == contents.identity && again.contents.commitment.promised == Term(7))
  }

  @Test("are nobody's any more when either volume is another")
  func lost() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    let first = try file().open { Issue.record("nothing is lost") }.contents
    try FileManager.default.removeItem(atPath: "\(root)/wal")
    var isLost = false
    let second = try file().open { isLost = true }
    #expect(isLost && second.isNew && second.contents.identity != first.identity)
    try FileManager.default.removeItem(atPath: "\(root)/pgdata.commitment")
    let third = try file().open { Issue.record("there is no data either") }
    #expect(third.isNew && third.contents.identity != second.contents.identity)
  }

  @Test("that cannot be read are no new volume")
  func damaged() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    _ = try file(false).open {}
    try Data("{".utf8).write(to: URL(fileURLWithPath: "\(root)/pgdata.commitment"))
    #expect(throws: DecodingError.self) { try file(false).open {} }
  }
}
