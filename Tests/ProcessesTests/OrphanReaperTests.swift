import CLinux
import Glibc
import Synchronization
import Testing

@testable import Processes

@Suite("OrphanReaper")
struct OrphanReaperTests {
  @Test("collects orphans and never an exit that a ChildProcess waits for", .timeLimit(.minutes(1)))
  func reaps() async throws {
    clinux_become_subreaper()
    let (orphans, found) = AsyncStream.makeStream(of: (pid_t, Processes.ExitStatus).self)
    let reaper = Task { await OrphanReaper.run { found.yield(($0, $1)) } }
    defer { reaper.cancel() }
    // The shell ends before what it started, which becomes ours.
    let result = try await Tool.run(
      "/bin/sh", ["-c", "(sleep 0.3; exit 9) >/dev/null 2>&1 & echo $!"], deadline: .seconds(20))
    let orphan = try #require(pid_t(result.text.dropLast()))
    async let children = withThrowingTaskGroup(of: Processes.ExitStatus.self) { group in
      for _ in 0..<50 {
        group.addTask {
          try await ChildProcess.start(
            ProcessSpecification(executable: "/bin/sh", arguments: ["-c", "exit 5"], environment: [:])
          ).wait()
        }
      }
      return try await group.reduce(into: [Processes.ExitStatus]()) { $0.append($1) }
    }
    for await (pid, status) in orphans where pid == orphan {
      #expect(status == .exited(9))
      break
    }
    let statuses = try await children
    #expect(statuses == Array(repeating: Processes.ExitStatus.exited(5), count: 50))
    #expect(ProcessStat(of: orphan) == nil)
  }
}
