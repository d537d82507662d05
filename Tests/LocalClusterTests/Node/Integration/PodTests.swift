import Foundation
import Glibc
import Kubernetes
import Processes
import Testing

@testable import LocalCluster

@Suite(
  "A pod of processes", .enabled(if: PodBench.isPossible, "needs bubblewrap and a built matriarch-shim"), .serialized)
struct PodTests {
  private func withBench(_ body: (PodBench) async throws -> Void) async throws {
    let bench = try PodBench()
    do { try await body(bench) } catch {
      await bench.close()
      throw error
    }
    await bench.close()
  }

  @Test("runs its init container, then the others, each PID 1 of a sandbox with the container's paths and names")
  func life() async throws {
    try await withBench { bench in
      let script = """
        echo pid $$$$ user $(id -un) host $(hostname) env $GREETING
        cat /shared/from-init /etc/hosts
        ls \(bench.directory) 2>&1
        trap 'echo bye; exit 3' TERM
        while :; do sleep 0.1; done
        """
      let pod = PodBench.pod {
        $0.volumes = [
          .with {
            $0.name = "shared"
            $0.emptyDir = EmptyDirVolumeSource()
          }
        ]
        let mount = VolumeMount.with {
          $0.name = "shared"
          $0.mountPath = "/shared"
        }
        $0.initContainers = [PodBench.container("init", "echo left > /shared/from-init") { $0.volumeMounts = [mount] }]
        $0.containers = [
          PodBench.container("main", script) {
            $0.volumeMounts = [mount]
            $0.env = [
              .with {
                $0.name = "GREETING"
                $0.value = "hello $(HOSTNAME)"
              }
            ]
          }
        ]
      }
      let worker = bench.worker(pod)
      try await bench.run(worker) {
        let status = try await bench.status { $0.isReady }
        #expect(status.phase == "Running")
        #expect(status.podIP == "127.64.77.1")
        #expect(status.initContainerStatuses?.first?.state?.terminated?.reason == "Completed")
        let expected = "pid 1 user postgres host demo-1 env hello demo-1\nleft\n"
        var log = ""
        for _ in 0..<500 where !log.contains("No such file") {
          log = try await bench.log(worker, "main")
          try await Task.sleep(for: .milliseconds(10))
        }
        #expect(log.hasPrefix(expected))
        #expect(log.contains("127.64.77.1\tdemo-1\n"))
        #expect(log.contains("127.64.128.1\tkubernetes.default.svc.cluster.local"))
        #expect(log.contains("No such file or directory"))

        var going = pod
        going.metadata.deletionTimestamp = Timestamps.text(Date())
        going.metadata.deletionGracePeriodSeconds = 10
        await worker.update(going)
        let last = try await bench.status { $0.container("main")?.state?.terminated != nil }
        #expect(last.container("main")?.state?.terminated?.exitCode == 3)
        #expect(last.phase == "Failed")
        #expect(try await bench.log(worker, "main").hasSuffix("bye\n"))
        while !bench.isRemoved { try await Task.sleep(for: .milliseconds(10)) }
        await worker.noteGone(going)
        let directory = worker.directory.path
        while access(directory, F_OK) == 0 { try await Task.sleep(for: .milliseconds(10)) }
      }
    }
  }

  @Test("keeps its variables from programs of the host: the loader's would run whatever code they name there")
  func variables() async throws {
    try await withBench { bench in
      // A trace that the loader writes wherever it runs with these variables, if there is such a directory: outside only.
      let trace = bench.directory + "/trace"
      try Directories.create(trace, mode: 0o777)
      let pod = PodBench.pod {
        $0.containers = [
          PodBench.container("main", "echo $LD_DEBUG; exec sleep 1000") {
            $0.env = [("LD_DEBUG", "libs"), ("LD_DEBUG_OUTPUT", trace + "/of"), ("QUOTED", "a'b\n c")].map { pair in
              .with { ($0.name, $0.value) = pair }
            }
            $0.readinessProbe = .with { $0.exec = .with { $0.command = ["true"] } }
          }
        ]
      }
      let worker = bench.worker(pod)
      try await bench.run(worker) {
        _ = try await bench.status { $0.isReady }
        let run = try #require(await worker.containerDirectory("main", previous: false))
        let inside = try await command(["sh", "-c", "echo \"$LD_DEBUG $QUOTED\""], in: run)
        // Inside they do apply: what the loader says there stands before it.
        #expect(inside.output.hasSuffix("libs a'b\n c\n"))
        #expect(try await bench.log(worker, "main").contains("libs\n"))
        #expect(Directories.names(in: trace) == [])
      }
    }
  }

  @Test("has volumes in memory that other users of the machine cannot reach")
  func memory() async throws {
    try await withBench { bench in
      let pod = PodBench.pod {
        $0.volumes = [
          .with {
            $0.name = "fast"
            $0.emptyDir = .with { $0.medium = "Memory" }
          }
        ]
        $0.containers = [
          PodBench.container("main", "touch /fast/file; exec sleep 1000") {
            $0.volumeMounts = [.with { ($0.name, $0.mountPath) = ("fast", "/fast") }]
            $0.readinessProbe = .with { $0.exec = .with { $0.command = ["test", "-e", "/fast/file"] } }
          }
        ]
      }
      let worker = bench.worker(pod)
      try await bench.run(worker) {
        _ = try await bench.status { $0.isReady }
        let memory = worker.directory.memory
        #expect(try FileManager.default.attributesOfItem(atPath: memory)[.posixPermissions] as? Int == 0o700)
        #expect(Directories.names(in: memory + "/fast") == ["file"])
      }
    }
  }

  @Test("has ended altogether when its end is reported: no process of it is left")
  func completeEnd() async throws {
    try await withBench { bench in
      let script = "for i in $(seq 40); do (setsid sleep 1000 &) ; done; echo up; exec sleep 1000"
      let pod = PodBench.pod { $0.containers = [PodBench.container("main", script)] }
      let worker = bench.worker(pod)
      try await bench.run(worker) {
        _ = try await bench.status { $0.isReady }
        let run = try #require(await worker.containerDirectory("main", previous: false))
        while try await !bench.log(worker, "main").contains("up") { try await Task.sleep(for: .milliseconds(10)) }
        let inside = try processes(of: try #require(run.initProcess()))
        #expect(inside.count > 40)
        await bench.context.runtime.kill(run)
        await bench.context.runtime.end(of: run)
        #expect(inside.filter { kill($0, 0) == 0 } == [])
        // Said by bubblewrap, which therefore outlived the container.
        #expect(try String(contentsOfFile: run.status, encoding: .utf8).contains("\"exit-code\": 137"))
      }
    }
  }

  /// The processes of a PID namespace, by their numbers here.
  private func processes(of process: pid_t) throws -> [pid_t] {
    func namespace(_ process: String) -> String? {
      try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/ns/pid")
    }
    let wanted = try #require(namespace("\(process)"))
    return Directories.names(in: "/proc").filter { namespace($0) == wanted }.compactMap { pid_t($0) }
  }

  @Test("that was being started when its node process was killed is started once, by the successor")
  func interruptedStart() async throws {
    try await withBench { bench in
      let pod = PodBench.pod { $0.containers = [PodBench.container("main", "echo begun; exec sleep 1000")] }
      let first = bench.worker(pod)
      // As far as a node process came that was killed before its shim took the lock.
      try first.directory.create(pod, address: "127.64.77.1")
      let run = first.directory.container("main", attempt: 0)
      let record = ContainerRecord(id: "0", image: "test:1", imageID: "", workingDirectory: "/", startedAt: Date())
      try run.prepare(arguments: ["/bin/sh", "-c", "echo twice; sleep 1000"], variables: [:], record: record)
      let worker = bench.worker(pod)
      try await bench.run(worker) {
        _ = try await bench.status { $0.isReady && $0.container("main")?.restartCount == 1 }
        // The shim comes late: it finds nothing to do.
        let late = try await Tool.run(bench.context.settings.shim, [run.path], deadline: .seconds(20))
        #expect(!late.status.isSuccess)
        // It says so before it has ended.
        for _ in 0..<500 where run.isShimAlive() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(!run.isShimAlive())
        #expect(try await bench.log(worker, "main", previous: true).contains("twice") == false)
      }
    }
  }

  @Test("goes on while its node process is away, and is adopted by the next; what dies is started again")
  func adoption() async throws {
    try await withBench { bench in
      let pod = PodBench.pod { $0.containers = [PodBench.container("main", "exec sleep 1000")] }
      let first = bench.worker(pod)
      var before = PodStatus()
      try await bench.run(first) { before = try await bench.status { $0.isReady } }
      let run = try #require(await first.containerDirectory("main", previous: false))
      #expect(run.isShimAlive())
      let process = try #require(run.initProcess())

      var known = pod
      known.status = before
      let second = bench.worker(known)
      try await bench.run(second) {
        let view = try #require(try await eventually { await second.containerView("main") })
        #expect(view.isRunning)
        #expect(view.isReady)
        #expect("bubblewrap://\(try #require(view.containerID))" == before.container("main")?.containerID)
        #expect(run.initProcess() == process)

        kill(process, SIGKILL)
        let after = try await bench.status { $0.isReady && $0.container("main")?.restartCount == 1 }
        #expect(after.container("main")?.lastState?.terminated?.exitCode == 137)
        #expect(after.container("main")?.containerID != before.container("main")?.containerID)
      }
    }
  }

  @Test("is started again after a power cut, and says that it was one")
  func powerCut() async throws {
    try await withBench { bench in
      let pod = PodBench.pod { $0.containers = [PodBench.container("main", "exec sleep 1000")] }
      let first = bench.worker(pod)
      try await bench.run(first) { _ = try await bench.status { $0.isReady } }
      let run = try #require(await first.containerDirectory("main", previous: false))
      kill(try #require(run.shimProcess()), SIGKILL)
      await bench.context.runtime.end(of: run)
      try await bench.run(bench.worker(pod)) {
        let status = try await bench.status { $0.isReady && $0.container("main")?.restartCount == 1 }
        #expect(status.container("main")?.lastState?.terminated?.reason == "ContainerStatusUnknown")
        #expect(status.container("main")?.lastState?.terminated?.exitCode == 137)
      }
    }
  }

  @Test("waits for a Secret that is missing, and follows it when it changes")
  func secrets() async throws {
    try await withBench { bench in
      let pod = PodBench.pod {
        $0.volumes = [
          .with {
            $0.name = "s"
            $0.secret = .with { $0.secretName = "s" }
          }
        ]
        $0.containers = [
          PodBench.container("main", "until grep -q new /s/key; do sleep 0.05; done; echo seen; exec sleep 1000") {
            $0.volumeMounts = [
              .with {
                $0.name = "s"
                $0.mountPath = "/s"
              }
            ]
          }
        ]
      }
      let worker = bench.worker(pod)
      try await bench.run(worker) {
        let waiting = try await bench.status { $0.container("main")?.state?.waiting?.message != nil }
        #expect(waiting.container("main")?.state?.waiting?.reason == "ContainerCreating")
        #expect(waiting.container("main")?.state?.waiting?.message == "Secret \"demo/s\" not found")
        #expect(bench.events == ["FailedMount: MountVolume.SetUp failed: Secret \"demo/s\" not found"])
        bench.add(Secret.named("s", in: "demo") { $0.data = ["key": "b2xk"] })
        await worker.retryNow()
        _ = try await bench.status { $0.isReady }
        bench.add(Secret.named("s", in: "demo") { $0.data = ["key": "bmV3"] })
        await worker.retryNow()
        let isSeen: Bool? = try await eventually { try await bench.log(worker, "main").contains("seen") ? true : nil }
        #expect(isSeen == true)
      }
    }
  }

  @Test("says what cannot be started, and why")
  func failures() async throws {
    try await withBench { bench in
      let pod = PodBench.pod {
        $0.containers = [
          PodBench.container("unknown", "true") { $0.image = "nginx:1" },
          PodBench.container("absent", "") { $0.command = ["/no/such/program"] },
        ]
      }
      try await bench.run(bench.worker(pod)) {
        let status = try await bench.status {
          $0.container("unknown")?.state?.waiting != nil && $0.container("absent")?.lastState?.terminated != nil
        }
        #expect(status.container("unknown")?.state?.waiting?.reason == "ErrImagePull")
        #expect(status.container("unknown")?.state?.waiting?.message?.contains("test:1") == true)
        let failure = status.container("absent")?.lastState?.terminated
        #expect(failure?.exitCode == 128)
        #expect(failure?.reason == "StartError")
        #expect(failure?.message?.contains("/no/such/program") == true)
      }
    }
  }

  @Test("is ready when its probe says so, soon after, and is restarted when it is not alive any more")
  func probes() async throws {
    try await withBench { bench in
      let pod = PodBench.pod {
        $0.containers = [
          PodBench.container("main", "sleep 0.3; touch /tmp/ready /tmp/alive; exec sleep 1000") {
            $0.readinessProbe = .with {
              $0.exec = .with { $0.command = ["test", "-e", "/tmp/ready"] }
              $0.periodSeconds = 60
            }
            $0.livenessProbe = .with {
              $0.exec = .with { $0.command = ["test", "-e", "/tmp/alive"] }
              $0.periodSeconds = 1
              $0.initialDelaySeconds = 1
              $0.failureThreshold = 1
              $0.terminationGracePeriodSeconds = 1
            }
          }
        ]
      }
      let worker = bench.worker(pod)
      try await bench.run(worker) {
        let started = ContinuousClock.now
        _ = try await bench.status { $0.isReady }
        // A minute later by the probe's period.
        #expect(ContinuousClock.now - started < .seconds(10))
        let run = try #require(await worker.containerDirectory("main", previous: false))
        #expect(try await command(["rm", "/tmp/alive"], in: run).status["status"] == "Success")
        let after = try await bench.status { $0.container("main")?.restartCount == 1 }
        #expect(after.container("main")?.lastState?.terminated?.exitCode == 137)
        #expect(bench.events.contains { $0.hasPrefix("Unhealthy: Liveness probe failed") })
        #expect(bench.events.contains { $0.hasPrefix("Killing: ") })
      }
    }
  }

  @Test("runs commands beside it: input to its end, both outputs, the exit code")
  func exec() async throws {
    try await withBench { bench in
      let pod = PodBench.pod {
        $0.containers = [
          PodBench.container("main", "exec sleep 1000") {
            $0.workingDir = "/tmp"
            $0.env = [
              .with {
                $0.name = "COLOUR"
                $0.value = "grey"
              }
            ]
          }
        ]
      }
      let worker = bench.worker(pod)
      try await bench.run(worker) {
        _ = try await bench.status { $0.isReady }
        let run = try #require(await worker.containerDirectory("main", previous: false))
        let plain = try await command(
          ["sh", "-c", "pwd; echo $COLOUR $(id -u); cat; echo oops >&2; exit 7"], in: run,
          input: [.input(Array("in".utf8)), .input(Array("put\n".utf8)), .endOfInput])
        #expect(plain.output == "/tmp\ngrey 26\ninput\n")
        #expect(plain.errorOutput == "oops\n")
        #expect(plain.status[path: ["details", "causes"]] == [["reason": "ExitCode", "message": "7"]])

        let terminal = try await command(
          ["sh", "-c", "tty; read line; stty size; ps -o pid= 1; exit 0"], in: run,
          input: [.resize(columns: 101, rows: 33), .input(Array("go\r".utf8))], tty: true)
        #expect(terminal.output.contains("/dev/pts/"))
        #expect(terminal.output.contains("33 101\r\n"))
        #expect(terminal.status["status"] == "Success")
      }
    }
  }

  @Test("is not made with a NUL in what the sandbox is told: the rest would be options of its own")
  func nulCharacter() async throws {
    for (value, arguments) in [("a\0--cap-add\0ALL", ["x"]), ("a", ["x\0--bind\0/\0/"])] {
      try await withBench { bench in
        let pod = PodBench.pod {
          $0.containers = [
            PodBench.container("main", "exec sleep 1000") {
              $0.env = [.with { ($0.name, $0.value) = ("VALUE", value) }]
              $0.args = arguments
            }
          ]
        }
        let worker = bench.worker(pod)
        try await bench.run(worker) {
          let status = try await bench.status { $0.container("main")?.state?.waiting?.message?.contains("NUL") == true }
          #expect(status.container("main")?.state?.waiting?.reason == "CreateContainerError")
          #expect(await worker.containerDirectory("main", previous: false) == nil)
        }
      }
    }
  }

  @Test("loses a command whose client has gone away")
  func abandoned() async throws {
    try await withBench { bench in
      let pod = PodBench.pod { $0.containers = [PodBench.container("main", "exec sleep 1000")] }
      let worker = bench.worker(pod)
      try await bench.run(worker) {
        _ = try await bench.status { $0.isReady }
        let run = try #require(await worker.containerDirectory("main", previous: false))
        for tty in [false, true] {
          let result = try await command(["sleep", "777"], in: run, tty: tty, endsMessages: true)
          #expect(result.status["status"] == "Failure")
        }
        let left = try await command(["sh", "-c", "ps -eo args= | grep -c '^sleep 777'"], in: run)
        #expect(left.output == "0\n")
      }
    }
  }

  @Test("is made anew when its image is changed in the pod")
  func imageChange() async throws {
    try await withBench { bench in
      var pod = PodBench.pod {
        $0.terminationGracePeriodSeconds = 1
        $0.containers = [PodBench.container("main", "exec sleep 1000")]
      }
      let worker = bench.worker(pod)
      try await bench.run(worker) {
        _ = try await bench.status { $0.isReady }
        pod.spec?.containers[0].image = "test:2"
        await worker.update(pod)
        let after = try await bench.status { $0.isReady && $0.container("main")?.restartCount == 1 }
        #expect(after.container("main")?.image == "test:2")
      }
    }
  }

  @Test("gets its hook and then SIGTERM when it goes, and SIGKILL when its time is over")
  func termination() async throws {
    try await withBench { bench in
      var pod = PodBench.pod {
        $0.containers = [
          PodBench.container("main", "trap 'echo term' TERM; echo up; while :; do sleep 0.05; done") {
            $0.lifecycle = .with {
              $0.preStop = .with { $0.exec = .with { $0.command = ["sh", "-c", "echo hook > /proc/1/fd/1"] } }
            }
          }
        ]
      }
      let worker = bench.worker(pod)
      try await bench.run(worker) {
        _ = try await bench.status { $0.isReady }
        // Without a probe it counts as ready before its shell has come to the trap.
        while try await bench.log(worker, "main") != "up\n" { try await Task.sleep(for: .milliseconds(10)) }
        pod.metadata.deletionTimestamp = Timestamps.text(Date())
        pod.metadata.deletionGracePeriodSeconds = 5
        await worker.update(pod)
        let last = try await bench.status { $0.container("main")?.state?.terminated != nil }
        #expect(last.container("main")?.state?.terminated?.exitCode == 137)
        #expect(try await bench.log(worker, "main") == "up\nhook\nterm\n")
      }
    }
  }

  // MARK: Tools

  private func eventually<Value: Sendable>(_ body: () async throws -> Value?) async throws -> Value? {
    for _ in 0..<1000 {
      if let value = try await body() { return value }
      try await Task.sleep(for: .milliseconds(10))
    }
    return nil
  }

  private struct Result {
    var output = ""
    var errorOutput = ""
    var status: JSON = .null
  }

  private func command(
    _ command: [String], in run: ContainerDirectory, input: [ExecProtocol.Message] = [], tty: Bool = false,
    endsMessages: Bool = false
  ) async throws -> Result {
    let query =
      command.map { (name: "command", value: $0) }
      + [("stdin", "\(!input.isEmpty)"), ("stdout", "1"), ("stderr", "1"), ("tty", "\(tty)")]
    let request = try #require(ExecRequest(query))
    let (messages, continuation) = AsyncThrowingStream<ExecProtocol.Message, any Error>.makeStream()
    for message in input { continuation.yield(message) }
    if endsMessages { continuation.finish() }
    let collector = Collector()
    try await ExecSession(directory: run, request: request).run(
      messages: messages, send: { await collector.take($0, $1) }, close: { continuation.finish() })
    return await collector.result
  }

  private actor Collector {
    var result = Result()

    func take(_ channel: ExecProtocol.Channel, _ bytes: [UInt8]) {
      switch channel {
      case .output: result.output += String(decoding: bytes, as: UTF8.self)
      case .errorOutput: result.errorOutput += String(decoding: bytes, as: UTF8.self)
      case .status: result.status = (try? JSON(parsing: bytes)) ?? .null
      default: break
      }
    }
  }
}
