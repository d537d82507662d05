import Glibc
import Synchronization
import Testing

@testable import Processes

@Suite("Tool")
struct ToolTests {
  @Test("gives both outputs and the exit code", .timeLimit(.minutes(1)))
  func outputs() async throws {
    let result = try await Tool.run(
      "/bin/sh", ["-c", "echo out; echo err >&2; exit 3"], deadline: .seconds(20))
    #expect(result.text == "out\n")
    #expect(result.errorText == "err\n")
    #expect(result.status == .exited(3))
    #expect(!result.isTruncated)
  }

  @Test("passes input of any size to a program that reads it or not", .timeLimit(.minutes(1)))
  func input() async throws {
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let read = try await Tool.run("/bin/cat", [], input: bytes, deadline: .seconds(20), outputLimit: 4 << 20)
    #expect(read.output == bytes)
    #expect(try await Tool.run("/bin/true", [], input: bytes, deadline: .seconds(20)).status.isSuccess)
    #expect(try await Tool.run("/bin/cat", [], deadline: .seconds(20)).output == [])
  }

  @Test("keeps what the limit allows and lets the program finish", .timeLimit(.minutes(1)))
  func limit() async throws {
    let result = try await Tool.run(
      "/bin/sh", ["-c", "head -c 1000000 /dev/zero; echo the end; echo done >&2"], deadline: .seconds(20),
      outputLimit: 1000)
    #expect(result.output.count == 1000)
    #expect(result.text.hasSuffix("the end\n"), "where the reason stands")
    #expect(result.isTruncated)
    #expect(result.errorText == "done\n")
  }

  @Test("hands on what is written while the program runs", .timeLimit(.minutes(1)))
  func onOutput() async throws {
    let seen = Mutex<(output: [UInt8], errors: [UInt8])>(([], []))
    let result = try await Tool.run(
      "/bin/sh", ["-c", "echo one; echo two >&2; sleep 0.05; echo three"], deadline: .seconds(20), outputLimit: 3
    ) { stream, bytes in
      seen.withLock { stream == .output ? $0.output.append(contentsOf: bytes) : $0.errors.append(contentsOf: bytes) }
    }
    #expect(seen.withLock { String(decoding: $0.output, as: UTF8.self) } == "one\nthree\n")
    #expect(seen.withLock { String(decoding: $0.errors, as: UTF8.self) } == "two\n")
    #expect(result.isTruncated)
  }

  @Test("kills the whole process group at the deadline", .timeLimit(.minutes(1)))
  func deadline() async throws {
    let start = ContinuousClock.now
    let error = await #expect(throws: ProcessError.self) {
      try await Tool.run(
        "/bin/sh", ["-c", "trap '' TERM; sleep 4242 & echo $! > /tmp/matriarch-tool-test.\(getpid()); wait"],
        deadline: .milliseconds(500))
    }
    guard case .deadlineExceeded? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    #expect(start.duration(to: .now) < .seconds(15))
    let path = "/tmp/matriarch-tool-test.\(getpid())"
    defer { unlink(path) }
    let grandchild = try await Tool.run("/bin/cat", [path], deadline: .seconds(20)).text
    let pid = try #require(pid_t(grandchild.dropLast()))
    // Killed, though perhaps not yet collected by whoever inherited it.
    #expect([nil, "Z", "X"].contains(ProcessStat(of: pid)?.state))
  }

  @Test("is stopped with its task", .timeLimit(.minutes(1)))
  func cancellation() async throws {
    let running = Task { try await Tool.run("/bin/sleep", ["60"], deadline: .seconds(50)) }
    running.cancel()
    let error = await #expect(throws: ProcessError.self) { try await running.value }
    guard case .cancelled? = error else { return #expect(Bool(false), "\(String(describing: error))") }
  }

  @Test("does not wait for a daemon that keeps the output open", .timeLimit(.minutes(1)))
  func daemon() async throws {
    let start = ContinuousClock.now
    let result = try await Tool.run("/bin/sh", ["-c", "sleep 20 & echo started"], deadline: .seconds(15))
    #expect(result.text == "started\n")
    #expect(start.duration(to: .now) < .seconds(10))
  }

  @Test("a program that is not there is an error", .timeLimit(.minutes(1)))
  func missing() async {
    await #expect(throws: ProcessError.self) { try await Tool.run("/no/such", [], deadline: .seconds(1)) }
  }

  @Test("leaves no descriptor open", .timeLimit(.minutes(1)))
  func descriptors() async throws {
    func count() async throws -> Int {
      let listing = try await Tool.run("/bin/ls", ["/proc/\(getpid())/fd"], deadline: .seconds(20))
      return listing.text.split(separator: "\n").count
    }
    _ = try await count()
    let before = try await count()
    for _ in 0..<50 { _ = try await Tool.run("/bin/true", [], input: [1], deadline: .seconds(20)) }
    // Other tests open some at the same time, though never as many as fifty leaks would leave.
    #expect(try await count() < before + 50)
  }
}
