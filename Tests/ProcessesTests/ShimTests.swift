import Foundation
import Glibc
import Testing

@testable import Processes

/// Drives the real `matriarch-shim`, which is built beside the tests.
@Suite("matriarch-shim", .timeLimit(.minutes(2)))
struct ShimTests {
  private let temporary: TemporaryFolder
  private var folder: String { temporary.path }

  init() throws {
    temporary = try TemporaryFolder("matriarch-shim")
  }

  /// The test program is `…/debug/matriarchPackageTests.xctest`, or a link to it.
  private static var shim: String {
    let build = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let candidates = [build, URL(filePath: ".build-dev/debug"), URL(filePath: ".build/debug")]
    return candidates.map { $0.appending(path: "matriarch-shim").path() }
      .first { FileManager.default.isExecutableFile(atPath: $0) } ?? "matriarch-shim"
  }

  private func prepare(_ arguments: [String], _ environment: [String] = ["PATH=/usr/bin:/bin"]) throws {
    try DurableFile.write(arguments.flatMap { Array($0.utf8) + [0] }, to: folder + "/argv")
    try DurableFile.write(environment.flatMap { Array($0.utf8) + [0] }, to: folder + "/environment", mode: 0o600)
  }

  private func hold(_ prefix: [String] = []) async throws -> ToolOutput {
    let command = prefix + [Self.shim, folder]
    return try await Tool.run(command[0], Array(command.dropFirst()), deadline: .seconds(30))
  }

  private func read(_ name: String) -> String? { try? String(contentsOfFile: folder + "/" + name, encoding: .utf8) }

  /// Polls, as there is no event for a file: the shim is nobody's child.
  private func eventually<Value>(_ value: () -> Value?) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(40)
    while ContinuousClock.now < deadline {
      if let value = value() { return value }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw TimedOut()
  }

  private struct TimedOut: Error {}

  private struct Exit: Decodable, Equatable {
    var exitCode: Int
    var signal: Int
    var startedAt: String
    var finishedAt: String
  }

  private func exit() async throws -> Exit {
    try JSONDecoder().decode(Exit.self, from: Data(try await eventually { read("exit") }.utf8))
  }

  private func process(_ name: String) async throws -> (pid: pid_t, start: UInt64) {
    let parts = try await eventually { read(name) }.split { $0.isWhitespace }
    return (try #require(pid_t(parts[0])), try #require(UInt64(parts[1])))
  }

  private func ended(_ pid: pid_t) async throws {
    _ = try await eventually { [nil, "Z", "X"].contains(ProcessStat(of: pid)?.state) ? true : nil }
  }

  @Test("keeps both streams as CRI lines and writes down the exit code")
  func exitCode() async throws {
    try prepare(
      ["sh", "-c", "echo out; echo err >&2; echo $SECRET; printf unfinished; exit 7"], ["PATH=/bin", "SECRET=s"])
    #expect(try await hold().status == .exited(0))
    let exit = try await exit()
    #expect(exit.exitCode == 7 && exit.signal == 0)
    #expect(exit.startedAt < exit.finishedAt)
    let lines = try #require(read("log")).split(separator: "\n")
    let stamp = #/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) F .*/#
    for line in lines { #expect(line.firstMatch(of: stamp) != nil, "\(line)") }
    let texts = lines.map { $0.split(separator: " ", maxSplits: 1)[1] }
    #expect(texts.filter { $0.hasPrefix("stdout") } == ["stdout F out", "stdout F s", "stdout F unfinished"])
    #expect(texts.filter { $0.hasPrefix("stderr") } == ["stderr F err"])
  }

  @Test("a signal's end is told from an exit code")
  func signalled() async throws {
    try prepare(["sh", "-c", "kill -KILL $$"])
    _ = try await hold()
    let exit = try await exit()
    #expect(exit.exitCode == 137 && exit.signal == 9)
  }

  @Test("what cannot be started is an exit of 128 with the reason in the log, and the caller hears of it")
  func cannotStart() async throws {
    try prepare(["/no/such/program"])
    #expect(try await hold().status == .exited(1))
    #expect(try await exit().exitCode == 128)
    #expect(read("log")?.contains("/no/such/program") == true)
  }

  @Test("a usage error is an error", arguments: [[], ["/no/such/folder"], ["/tmp", "/tmp"]])
  func usage(arguments: [String]) async throws {
    let output = try await Tool.run(Self.shim, arguments, deadline: .seconds(10))
    #expect(!output.status.isSuccess)
    #expect(output.errorText.hasPrefix("matriarch-shim: "))
  }

  @Test("runs in a session of its own, apart from the caller, and names its processes beyond their numbers")
  func identity() async throws {
    try prepare(["sleep", "60"])
    _ = try await hold()
    let (shim, container) = (try await process("shim.pid"), try await process("container.pid"))
    #expect(ProcessStat(of: shim.pid)?.startTime == shim.start)
    #expect(ProcessStat(of: container.pid)?.startTime == container.start)
    #expect(ProcessStat(of: container.pid)?.parent == shim.pid)
    #expect(getsid(shim.pid) != getsid(0))
    #expect(ProcessStat(of: shim.pid)?.parent != getpid() || getsid(shim.pid) != shim.pid)
    for number in 0...2 {
      let target = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(shim.pid)/fd/\(number)")
      #expect(target == "/dev/null")
    }
    kill(shim.pid, SIGTERM)
    #expect(try await exit().signal == Int(SIGTERM))
    try await ended(shim.pid)
  }

  @Test("the container dies with the shim")
  func shimKilled() async throws {
    try prepare(["sleep", "60"])
    _ = try await hold()
    let (shim, container) = (try await process("shim.pid"), try await process("container.pid"))
    kill(shim.pid, SIGKILL)
    try await ended(container.pid)
    #expect(read("exit") == nil)
  }

  @Test("a second shim on the same directory leaves the first alone")
  func second() async throws {
    try prepare(["sh", "-c", "echo started; exec sleep 60"])
    _ = try await hold()
    let (shim, container) = (try await process("shim.pid"), try await process("container.pid"))
    #expect(try await hold().status.isSuccess)
    #expect(try await process("shim.pid").pid == shim.pid)
    #expect(try await process("container.pid").pid == container.pid)
    kill(container.pid, SIGKILL)
    _ = try await exit()
    #expect(read("log")?.components(separatedBy: "started").count == 2)
  }

  @Test("the environment is in nobody's arguments")
  func secrets() async throws {
    try prepare(["sleep", "60"], ["PATH=/bin", "PASSWORD=hidden-\(getpid())"])
    _ = try await hold()
    let (shim, container) = (try await process("shim.pid"), try await process("container.pid"))
    for pid in [shim.pid, container.pid] {
      #expect(try !String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8).contains("hidden-"))
    }
    #expect(try String(contentsOfFile: "/proc/\(container.pid)/environ", encoding: .utf8).contains("hidden-"))
    kill(container.pid, SIGKILL)
    _ = try await exit()
  }

  @Test("a long line comes in parts, and whole when put together")
  func longLine() async throws {
    try prepare(["sh", "-c", "head -c 40000 /dev/zero | tr '\\0' x; echo; echo end"])
    _ = try await hold()
    _ = try await exit()
    let lines = try #require(read("log")).split(separator: "\n").map {
      $0.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    }
    #expect(lines.map { $0[2] } == ["P", "P", "F", "F"])
    #expect(lines.map { $0[3].utf8.count } == [16384, 16384, 40000 - 2 * 16384, 3])
  }

  @Test("rotates at 10 MiB, loses nothing while it keeps five files")
  func rotation() async throws {
    let count = 300_000
    try prepare(["sh", "-c", "seq -f 'line %.0f 0123456789012345678901234567890123456789' \(count)"])
    _ = try await hold()
    _ = try await exit()
    var numbers: [Int] = []
    for name in ["log.4", "log.3", "log.2", "log.1", "log"] {
      guard let text = read(name) else { continue }
      #expect(text.utf8.count <= 10 << 20)
      numbers += text.split(separator: "\n").compactMap { Int($0.split(separator: " ")[4]) }
    }
    #expect(read("log.1") != nil)
    #expect(numbers == Array(1...count))
  }

  @Test("a full disk costs lines of the log, not the container, and the log says so when it can again")
  func fullDisk() async throws {
    // A file size limit stands for the disk; 8 blocks of 512 bytes. The limit is lifted from outside later.
    try prepare(
      [
        "sh", "-c",
        "seq -f 'line %.0f' 5000; echo ready > \"$READY\"; while [ ! -e \"$GO\" ]; do sleep 0.05; done; echo after; exit 3",
      ], ["PATH=/usr/bin:/bin", "READY=\(folder)/ready", "GO=\(folder)/go"])
    _ = try await hold(["/bin/sh", "-c", "ulimit -S -f 8; exec \"$0\" \"$@\""])
    _ = try await eventually { read("ready") }
    let shim = try await process("shim.pid")
    #expect(try #require(read("log")).utf8.count <= 4096)
    let lifted = try await Tool.run(
      "/usr/bin/prlimit", ["--pid", "\(shim.pid)", "--fsize=unlimited:unlimited"], deadline: .seconds(10))
    try #require(lifted.status.isSuccess, "\(lifted.errorText)")
    try DurableFile.write([], to: folder + "/go")
    #expect(try await exit().exitCode == 3)
    let lines = try #require(read("log")).split(separator: "\n").map {
      String($0.split(separator: " ", maxSplits: 3)[3])
    }
    #expect(lines.last == "after")
    let notice = try #require(lines.dropLast().last?.firstMatch(of: #/: (\d+) lines were lost: .*/#))
    #expect(Int(notice.1).map { $0 + lines.count - 2 } == 5000)
  }

  @Test("the exit is written down even where the disk stays full")
  func exitOnFullDisk() async throws {
    try prepare(["sh", "-c", "seq 5000; exit 5"])
    _ = try await hold(["/bin/sh", "-c", "ulimit -f 8; exec \"$0\" \"$@\""])
    #expect(try await exit().exitCode == 5)
  }

  @Test("is small")
  func size() async throws {
    try prepare(["sleep", "60"])
    _ = try await hold()
    let (shim, container) = (try await process("shim.pid"), try await process("container.pid"))
    let rollup = try String(contentsOfFile: "/proc/\(shim.pid)/smaps_rollup", encoding: .utf8)
    let pss = try #require(rollup.firstMatch(of: /Pss:\s+(\d+) kB/))
    #expect(Int(pss.1).map { $0 < 16_384 } == true, "\(pss.1) kB")
    kill(container.pid, SIGKILL)
    _ = try await exit()
  }
}
