import Foundation
import Testing

@testable import Instance

@Suite struct DataDirectoryTests {
  private let root = "/tmp/matriarch-data-\(UUID().uuidString.prefix(8))"

  private func make(_ body: (DataDirectory) async throws -> Void) async throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    try await body(DataDirectory(path: "\(root)/volume/pgdata", walPath: "\(root)/wal/pg_wal"))
  }

  private func write(_ name: String, in data: DataDirectory) throws {
    let path = "\(data.path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data().write(to: URL(fileURLWithPath: path))
  }

  @Test func nothingOrAnEmptyDirectoryIsEmpty() async throws {
    try await make { data in
      #expect(try await data.inspect() == .empty)
      try FileManager.default.createDirectory(atPath: data.path, withIntermediateDirectories: true)
      #expect(try await data.inspect() == .empty)
    }
  }

  @Test("what was begun is incomplete until it is finished", arguments: [IncompleteWork.initialization, .clone])
  func beginning(work: IncompleteWork) async throws {
    try await make { data in
      try write("leftover", in: data)
      try await data.begin(work)
      #expect(try await data.inspect() == .incomplete(work))
      #expect(try FileManager.default.contentsOfDirectory(atPath: data.path).isEmpty, "it starts from nothing")
      try write("PG_VERSION", in: data)
      try write("global/pg_control", in: data)
      #expect(try await data.inspect() == .incomplete(work), "however complete it looks")
      try await data.finish()
      #expect(try await data.inspect() == .complete(isStandby: false))
      try await data.writeStandbySignal()
      #expect(try await data.inspect() == .complete(isStandby: true))
    }
  }

  @Test func aRewindKeepsTheData() async throws {
    try await make { data in
      try write("PG_VERSION", in: data)
      try write("global/pg_control", in: data)
      try await data.begin(.rewind)
      #expect(try await data.inspect() == .incomplete(.rewind))
      try await data.finish()
      #expect(try await data.inspect() == .complete(isStandby: false))
    }
  }

  @Test func aMarkThatCannotBeReadIsOneNevertheless() async throws {
    try await make { data in
      try await data.begin(.rewind)
      try Data("x".utf8).write(to: URL(fileURLWithPath: "\(data.path).incomplete"))
      #expect(try await data.inspect() == .incomplete(.clone))
    }
  }

  @Test func foreignFilesAreNoDatabase() async throws {
    try await make { data in
      try write("photos/holiday.jpg", in: data)
      guard case .damaged(let reason) = try await data.inspect() else {
        Issue.record("it must not be taken for empty")
        return
      }
      #expect(reason.contains(data.path))
    }
  }
}
