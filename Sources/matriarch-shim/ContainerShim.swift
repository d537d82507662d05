import CLinux
import Glibc

/// Starts the container, keeps its log, passes on SIGTERM, and writes down how it ended.
struct ContainerShim {
  let directory: StateDirectory
  private var log = ContainerLog()
  private var process: pid_t = 0
  private var processDescriptor: Int32 = -1
  private var streams: [Int32] = [-1, -1]
  private var signals: Int32 = -1
  private var startedAt = ""

  init(directory: StateDirectory) { self.directory = directory }

  /// - Returns: false where there was nothing to start; then `exit` says why, as for a container that ended.
  mutating func start() -> Bool {
    directory.record(getpid(), in: "shim.pid")
    guard let arguments = directory.strings("argv"), !arguments.isEmpty,
      let environment = directory.strings("environment")
    else { return fail("argv or environment is missing: \(errorText())") }
    signals = clinux_signals_open()
    clinux_watch_signal(SIGTERM)
    signal(SIGPIPE, SIG_IGN)
    // A limit of the file size is to be an error like a full disk, not the end.
    signal(SIGXFSZ, SIG_IGN)
    directory.reserve("exit")

    var output: [Int32] = [0, 0]
    var error: [Int32] = [0, 0]
    guard clinux_pipe(&output) == 0, clinux_pipe(&error) == 0 else { return fail("no pipes: \(errorText())") }
    startedAt = timestamp()
    var vector = arguments.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    let failure = clinux_spawn_bound(&vector, &variables, output[1], error[1], &process)
    close(output[1])
    close(error[1])
    guard failure == 0 else {
      errno = failure
      return fail("\(arguments[0]) cannot be started: \(errorText())")
    }
    directory.record(process, in: "container.pid")
    processDescriptor = clinux_pidfd_open(process)
    streams = [output[0], error[0]]
    return true
  }

  private mutating func fail(_ message: String) -> Bool {
    log.append(Array("matriarch-shim: \(message)\n".utf8)[...], from: .error)
    recordExit(code: 128, signal: 0)
    return false
  }

  /// Waits for the container's end. Returns when it is written down.
  mutating func hold() {
    while true {
      var descriptors = [streams[0], streams[1], signals, processDescriptor].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      guard poll(&descriptors, nfds_t(descriptors.count), -1) >= 0 || errno == EINTR else { break }
      for index in 0...1 where descriptors[index].revents != 0 { readStream(index) }
      if descriptors[2].revents != 0 { passOnSignal() }
      if descriptors[3].revents != 0 { break }
    }
    drain()
    var end = clinux_exit()
    guard clinux_reap_pid(process, 1, &end) == 0 else {
      recordExit(code: 255, signal: 0)
      return
    }
    recordExit(code: end.signaled == 1 ? 128 + end.value : end.value, signal: end.signaled == 1 ? end.value : 0)
  }

  /// SIGTERM goes to the container's own PID 1. Bubblewrap would end at once, and the container with it.
  private func passOnSignal() {
    var number: UInt8 = 0
    while read(signals, &number, 1) == 1 {
      kill(directory.containerProcess() ?? process, Int32(number))
    }
  }

  private mutating func readStream(_ index: Int) {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = read(streams[index], &buffer, buffer.count)
    if count > 0 {
      log.append(buffer[..<count], from: index == 0 ? .output : .error)
    } else if count == 0 {
      close(streams[index])
      streams[index] = -1
    }
  }

  /// What the container wrote last is still in the pipes. All its processes have ended with their PID namespace; only
  /// a process that was sent into it from outside could hold a pipe open, and is not waited for.
  private mutating func drain() {
    for index in 0...1 {
      while streams[index] >= 0 {
        var descriptor = pollfd(fd: streams[index], events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, 100) > 0 else { break }
        readStream(index)
      }
    }
    log.finish()
  }

  private func recordExit(code: Int32, signal: Int32) {
    let report = """
      {"exitCode":\(code),"signal":\(signal),"startedAt":"\(startedAt.isEmpty ? timestamp() : startedAt)",\
      "finishedAt":"\(timestamp())"}

      """
    // The room was reserved, so this fails only on a disk that is broken or refuses even that. Older logs are worth less
    // than the end of the container; what is not written then is reported as a container that vanished.
    for _ in 1...10 {
      if directory.writeDurably(report, to: "exit") { return }
      for number in 1...4 { unlink("log.\(number)") }
      sleep(1)
    }
  }
}
