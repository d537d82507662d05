import Dispatch
import Foundation
import Glibc
import Kubernetes
import Processes

/// Reads what postgres writes and puts it on standard output: the JSON log and the plain text of its logging collector
/// through named pipes, and what it says before the collector runs through an unnamed one.
///
/// Pipes take no room on any volume and need no rotation. This side holds each open for reading *and* writing, so
/// opening never blocks postgres and the end of one postgres is not the end of the file.
final class ServerLogPipes: Sendable {
  /// For postgres' standard output and error output.
  let directOutput: Int32
  private let sources: [ReadSource]
  /// One for all pipes: a line of one never lands inside a line of another, and nothing blocks the cooperative pool.
  private let queue = DispatchQueue(label: "matriarch.instance.logs")

  init(directory: String, pod: String, output: LogOutput, lastWords: LastWords) throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw SystemError("make a pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    directOutput = ends[1]
    let plain = { @Sendable (line: [UInt8]) in
      let text = String(decoding: line, as: UTF8.self)
      lastWords.hear(line: text)
      output.write(logger: "postgres", message: text, pod: pod, fields: ["source": "stderr"])
    }
    let json = { @Sendable (line: [UInt8]) in
      if let (logger, record) = ServerLogRecord.translate(line) {
        lastWords.hear(record: record)
        output.write(logger: logger, message: "record", pod: pod, fields: ["record": record])
      } else if (try? JSON(parsing: line)) != nil {
        output.write(line: line)
      } else {
        plain(line)
      }
    }
    sources = [
      Self.source(ends[0], queue, plain),
      Self.source(try Self.openNamedPipe("\(directory)/postgres"), queue, plain),
      Self.source(try Self.openNamedPipe("\(directory)/postgres.json"), queue, json),
    ]
  }

  func close() {
    for source in sources { source.cancel() }
  }

  /// Waits until what postgres wrote last was read.
  func drain() async {
    await withCheckedContinuation { continuation in
      queue.asyncAfter(deadline: .now() + .milliseconds(20)) { continuation.resume() }
    }
  }

  private static func openNamedPipe(_ path: String) throws -> Int32 {
    var information = stat()
    if stat(path, &information) == 0, information.st_mode & S_IFMT != S_IFIFO { unlink(path) }
    guard mkfifo(path, 0o600) == 0 || errno == EEXIST else { throw SystemError("make \(path)") }
    let descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("open \(path)") }
    return descriptor
  }

  private static func source(
    _ descriptor: Int32, _ queue: DispatchQueue, _ handle: @escaping @Sendable ([UInt8]) -> Void
  ) -> ReadSource {
    let lines = LineBuffer(handle: handle)
    return ReadSource(descriptor: descriptor, queue: queue) { _ in
      lines.read(from: descriptor)
    } onCancel: {
      Glibc.close(descriptor)
    }
  }
}

/// Cuts a stream of bytes into lines. Confined to the queue of its source.
private final class LineBuffer: @unchecked Sendable {
  // Unchecked because it is touched by one serial queue only, which the compiler cannot see.
  private static let longestLine = 1 << 20
  private var rest: [UInt8] = []
  private var chunk = [UInt8](repeating: 0, count: 1 << 14)
  private let handle: @Sendable ([UInt8]) -> Void

  init(handle: @escaping @Sendable ([UInt8]) -> Void) { self.handle = handle }

  func read(from descriptor: Int32) {
    let count = Glibc.read(descriptor, &chunk, chunk.count)
    guard count > 0 else { return }
    for byte in chunk[..<count] {
      if byte == UInt8(ascii: "\n") || rest.count == Self.longestLine {
        if !rest.isEmpty { handle(rest) }
        rest.removeAll(keepingCapacity: rest.capacity <= 1 << 16)
      }
      if byte != UInt8(ascii: "\n") { rest.append(byte) }
    }
  }
}
