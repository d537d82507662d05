import CLinux
import Glibc
import Testing

@testable import Processes

@Suite("ChildProcess")
struct ChildProcessTests {
  private func shell(
    _ script: String, newProcessGroup: Bool = false, environment: [String: String] = [:]
  ) throws -> ChildProcess {
    try ChildProcess.start(
      ProcessSpecification(
        executable: "/bin/sh", arguments: ["-c", script], environment: environment, newProcessGroup: newProcessGroup))
  }

  @Test("two hundred children at once each end as they should, and leave no zombie", .timeLimit(.minutes(1)))
  func many() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        group.addTask {
          if number % 4 == 0 {
            let child = try shell("kill -TERM $$; sleep 60")
            #expect(await child.wait() == .signaled(SIGTERM))
          } else {
            let child = try shell("exit \(number)")
            #expect(await child.wait() == .exited(Int32(number)))
            #expect(ProcessStat(of: child.id)?.parent != getpid())
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test("any number of tasks may wait, before and after the end", .timeLimit(.minutes(1)))
  func waiters() async throws {
    let child = try shell("sleep 0.2; exit 7")
    #expect(child.status == nil)
    await withTaskGroup(of: Processes.ExitStatus.self) { group in
      for _ in 0..<10 { group.addTask { await child.wait() } }
      for await status in group { #expect(status == .exited(7)) }
    }
    #expect(await child.wait() == .exited(7))
    #expect(child.status == .exited(7))
  }

  @Test("a wait ends at its deadline and with its task, and the child goes on", .timeLimit(.minutes(1)))
  func boundedWait() async throws {
    let child = try shell("exec sleep 60")
    #expect(await child.wait(deadline: .milliseconds(50)) == nil)
    let waiting = Task { await child.waitUnlessCancelled() }
    waiting.cancel()
    #expect(await waiting.value == nil)
    #expect(child.status == nil)
    child.send(SIGKILL)
    #expect(await child.wait(deadline: .seconds(20)) == .signaled(SIGKILL))
  }

  @Test("a signal to one that has ended goes nowhere", .timeLimit(.minutes(1)))
  func signalAfterEnd() async throws {
    let child = try shell("exit 0")
    _ = await child.wait()
    child.send(SIGKILL)
    child.sendToGroup(SIGKILL)
  }

  @Test("what cannot be started is an error that names it")
  func cannotStart() {
    let error = #expect(throws: ProcessError.self) {
      try ChildProcess.start(ProcessSpecification(executable: "/no/such/program", environment: [:]))
    }
    #expect(error?.description.contains("/no/such/program: No such file or directory") == true)
    #expect(throws: ProcessError.self) {
      try ChildProcess.start(
        ProcessSpecification(executable: "/bin/true", environment: [:], workingDirectory: "/no/such/folder"))
    }
    #expect(throws: ProcessError.self) {
      try ChildProcess.start(ProcessSpecification(executable: "/bin/true", arguments: ["a\0b"], environment: [:]))
    }
  }

  @Test("a child gets the environment given, the folder given and nothing else", .timeLimit(.minutes(1)))
  func surroundings() async throws {
    let leak = open("/dev/null", O_RDONLY)  // without O_CLOEXEC
    defer { close(leak) }
    var ends: [Int32] = [-1, -1]
    try #require(clinux_pipe(&ends) == 0)
    defer { close(ends[0]) }
    let child = try ChildProcess.start(
      ProcessSpecification(
        executable: "/bin/sh", arguments: ["-c", "echo $A $HOME $PWD; ls /proc/self/fd | tr '\\n' ' '; cat <&5"],
        environment: ["A": "b", "PATH": "/usr/bin:/bin"], workingDirectory: "/tmp", output: .descriptor(ends[1]),
        inheritedDescriptors: [(from: leak, to: 5)]))
    close(ends[1])
    #expect(await child.wait() == .exited(0))
    var buffer = [UInt8](repeating: 0, count: 1000)
    let count = read(ends[0], &buffer, buffer.count)
    // `ls` itself opens the folder it lists.
    #expect(String(decoding: buffer[..<max(count, 0)], as: UTF8.self) == "b /tmp\n0 1 2 3 5 ")
  }

  @Test("descriptors may trade their numbers", .timeLimit(.minutes(1)))
  func crossedDescriptors() async throws {
    var (first, second): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
    try #require(clinux_pipe(&first) == 0 && clinux_pipe(&second) == 0)
    let child = try ChildProcess.start(
      ProcessSpecification(
        executable: "/bin/sh",
        arguments: ["-c", "echo a >/proc/self/fd/\(second[1]); echo b >/proc/self/fd/\(first[1])"], environment: [:],
        inheritedDescriptors: [(from: first[1], to: second[1]), (from: second[1], to: first[1])]))
    close(first[1])
    close(second[1])
    #expect(await child.wait() == .exited(0))
    var buffer = [UInt8](repeating: 0, count: 10)
    #expect(read(first[0], &buffer, 10) == 2 && buffer[0] == UInt8(ascii: "a"))
    #expect(read(second[0], &buffer, 10) == 2 && buffer[0] == UInt8(ascii: "b"))
    close(first[0])
    close(second[0])
  }

  @Test("blocked and ignored signals are not inherited", .timeLimit(.minutes(1)))
  func signalMask() async throws {
    var (blocked, before) = (sigset_t(), sigset_t())
    sigemptyset(&blocked)
    sigaddset(&blocked, SIGTERM)
    sigaddset(&blocked, SIGUSR1)
    pthread_sigmask(SIG_BLOCK, &blocked, &before)
    let ignored = signal(SIGUSR2, SIG_IGN)
    defer {
      pthread_sigmask(SIG_SETMASK, &before, nil)
      signal(SIGUSR2, ignored)
    }
    // Two bits of what is ignored are not looked at: glibc ignores its own signals 32 and 33 in what it spawns.
    let clean = "^Sig(Blk:\\s0{16}|Ign:\\s[0-9a-f]{8}[08]0{7})$"
    let child = try shell("test $(grep -cE '\(clean)' /proc/self/status) = 2", environment: ["PATH": "/usr/bin:/bin"])
    pthread_sigmask(SIG_SETMASK, &before, nil)
    #expect(await child.wait() == .exited(0))
  }

  @Test("a session of its own has no other members", .timeLimit(.minutes(1)))
  func session() async throws {
    let child = try ChildProcess.start(
      ProcessSpecification(
        executable: "/bin/sh", arguments: ["-c", "exec sleep 60"], environment: [:], newSession: true))
    #expect(getsid(child.id) == child.id)
    child.sendToGroup(SIGKILL)
    #expect(await child.wait() == .signaled(SIGKILL))
  }
}
