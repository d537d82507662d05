import Foundation
import Testing

@testable import LocalCluster

@Suite("A line of a container's log")
struct LogLineTests {
  @Test("has a time, a stream, and text that may hold anything")
  func parsing() throws {
    let line = try #require(LogLine(parsing: Array("2026-11-23T09:19:03.123456789Z stderr F a  b ".utf8)))
    #expect(line.timestamp == "2026-11-23T09:19:03.123456789Z")
    #expect(line.isStandardError)
    #expect(line.isComplete)
    #expect(line.text == Array("a  b ".utf8))
    #expect(LogLine(parsing: Array("2026-11-23T09:19:03Z stdout P x".utf8))?.isComplete == false)
    #expect(LogLine(parsing: Array("2026-11-23T09:19:03Z stdout F ".utf8))?.text == [])
  }

  @Test(
    "is none where it is cut off or foreign",
    arguments: [
      "", "2026-11-23T09:19:03Z", "2026-11-23T09:19:03Z stdout F", "x y z w", "2026-11-23T09:19:03Z stdin F x",
      "2026-11-23T09:19:03Z stdout X x",
    ])
  func malformed(text: String) { #expect(LogLine(parsing: Array(text.utf8)) == nil) }
}

@Suite("What of a log is asked for")
struct LogQueryTests {
  let now = Date(timeIntervalSince1970: 1_000_000)

  private func query(_ values: [String: String]) throws -> LogQuery { try LogQuery({ values[$0] }, now: now) }

  @Test("is read from the parameters, in the spelling of every client")
  func parameters() throws {
    let query = try query([
      "follow": "True", "tailLines": "5", "sinceSeconds": "60", "timestamps": "", "previous": "false",
      "limitBytes": "9",
    ])
    #expect(query.follows && query.withTimestamps && !query.previous)
    #expect(query.tailLines == 5)
    #expect(query.since == now - 60)
    #expect(query.limitBytes == 9)
  }

  @Test(
    "is refused where it is malformed",
    arguments: [
      ("tailLines", "-1"), ("tailLines", "x"), ("sinceSeconds", "0"), ("limitBytes", "0"), ("sinceTime", "noon"),
    ])
  func malformed(name: String, value: String) {
    #expect(throws: LogQuery.Failure.self) { try query([name: value]) }
  }

  private func filtered(_ query: LogQuery, _ lines: [String]) -> String {
    var filter = LogFilter(query)
    return String(decoding: lines.flatMap { filter.bytes(for: Array($0.utf8)) }, as: UTF8.self)
  }

  let lines = [
    "2026-11-23T09:00:00.000000000Z stdout F one", "2026-11-23T09:00:01.000000000Z stdout P two-",
    "2026-11-23T09:00:01.000000001Z stdout F half", "2026-11-23T09:00:02.000000000Z stderr F three",
  ]

  @Test("puts parts of a line together, with one timestamp")
  func parts() throws {
    #expect(filtered(LogQuery(), lines) == "one\ntwo-half\nthree\n")
    #expect(
      filtered(try query(["timestamps": "1"]), Array(lines[1...2])) == "2026-11-23T09:00:01.000000000Z two-half\n")
  }

  @Test("leaves out what is older, and ends at the limit")
  func limits() throws {
    #expect(filtered(try query(["sinceTime": "2026-11-23T09:00:01.5Z"]), lines) == "three\n")
    #expect(filtered(try query(["limitBytes": "6"]), lines) == "one\ntw")
  }
}

@Suite("The files of a log")
struct LogFilesTests {
  private func withDirectory(_ body: (ContainerDirectory) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "matriarch-log-\(UUID())"
    try Directories.create(path, mode: 0o700)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(ContainerDirectory(path: path))
  }

  private func write(_ lines: String..., to name: String, in directory: ContainerDirectory) throws {
    let text = lines.map { $0 + "\n" }.joined()
    try Directories.write(Array(text.utf8), to: "\(directory.path)/\(name)", mode: 0o600)
  }

  private func rest(_ files: inout LogFiles) -> [String] {
    var result: [String] = []
    while case let records = files.next(), !records.isEmpty {
      result += records.map { String(decoding: $0, as: UTF8.self) }
    }
    return result
  }

  @Test("are read like one, oldest first")
  func order() throws {
    try withDirectory { directory in
      try write("1", "2", to: "log.2", in: directory)
      try write("3", to: "log.1", in: directory)
      try write("4", "5", to: "log", in: directory)
      var files = LogFiles(directory, tail: nil)
      #expect(rest(&files) == ["1", "2", "3", "4", "5"])
    }
  }

  @Test(
    "have a tail that may reach into older files",
    arguments: [
      (0, []), (1, ["5"]), (3, ["3", "4", "5"]), (4, ["2", "3", "4", "5"]), (99, ["1", "2", "3", "4", "5"]),
    ])
  func tail(count: Int, expected: [String]) throws {
    try withDirectory { directory in
      try write("1", "2", to: "log.2", in: directory)
      try write("3", to: "log.1", in: directory)
      try write("4", "5", to: "log", in: directory)
      var files = LogFiles(directory, tail: count)
      #expect(rest(&files) == expected)
    }
  }

  @Test("are followed across a rotation, and a record that is not whole is waited for")
  func rotation() throws {
    try withDirectory { directory in
      try write("1", to: "log", in: directory)
      var files = LogFiles(directory, tail: nil)
      #expect(rest(&files) == ["1"])
      try Directories.write(Array("1\n2\n3".utf8), to: directory.log, mode: 0o600, inPlace: true)
      #expect(rest(&files) == ["2"])
      try Directories.write(Array("1\n2\n3\n".utf8), to: directory.log, mode: 0o600, inPlace: true)
      try FileManager.default.moveItem(atPath: directory.log, toPath: directory.log + ".1")
      try write("4", to: "log", in: directory)
      #expect(rest(&files) == ["3", "4"])
      try FileManager.default.moveItem(atPath: directory.log + ".1", toPath: directory.log + ".2")
      try FileManager.default.moveItem(atPath: directory.log, toPath: directory.log + ".1")
      try write("5", to: "log", in: directory)
      #expect(rest(&files) == ["5"])
    }
  }

  @Test("may come to be later")
  func none() throws {
    try withDirectory { directory in
      var files = LogFiles(directory, tail: 10)
      #expect(rest(&files) == [])
      try write("1", to: "log", in: directory)
      #expect(rest(&files) == ["1"])
    }
  }
}
