import Kubernetes
import Processes
import Synchronization

/// What PostgreSQL's programs write while they work, put on standard output: one record a line, under the program's name.
struct ProgramLog: Sendable {
  let output: LogOutput
  let pod: String

  /// Takes the pieces of one run; the last line needs no end.
  func lines(of program: String) -> ProgramLines {
    ProgramLines { stream, line in
      output.write(
        logger: program, message: line, pod: pod, fields: ["pipe": stream == .output ? "stdout" : "stderr"])
    }
  }
}

/// Cuts what comes from two streams into lines. A carriage return ends one too: so progress is shown.
final class ProgramLines: Sendable {
  private struct Rests {
    var output: [UInt8] = []
    var errorOutput: [UInt8] = []
  }

  private let rests = Mutex(Rests())
  private let handle: @Sendable (ToolStream, String) -> Void

  init(handle: @escaping @Sendable (ToolStream, String) -> Void) { self.handle = handle }

  func take(_ stream: ToolStream, _ bytes: [UInt8]) {
    let lines = rests.withLock { rests in
      let rest = stream == .output ? \Rests.output : \Rests.errorOutput
      rests[keyPath: rest] += bytes
      var lines = rests[keyPath: rest].split(
        omittingEmptySubsequences: false, whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") })
      rests[keyPath: rest] = Array(lines.popLast() ?? [])
      return lines.map { String(decoding: $0, as: UTF8.self) }
    }
    for line in lines where !line.isEmpty { handle(stream, line) }
  }

  func finish() {
    for stream in [ToolStream.output, .errorOutput] { take(stream, [UInt8(ascii: "\n")]) }
  }
}
