import Foundation
import Glibc
import Processes

/// Starts, signals and watches containers. What it starts outlives it: the shim holds the container, and everything
/// known about it is in its ``ContainerDirectory``.
struct ContainerRuntime: Sendable {
  enum Failure: Error, CustomStringConvertible {
    case shim(status: ExitStatus, message: String)

    var description: String {
      switch self {
      case .shim(let status, let message): "the container's shim failed (\(status)): \(message)"
      }
    }
  }

  let shim: String
  let host: HostLayout

  /// Starts a container; returns when its shim holds it and its program is there.
  func start(
    _ sandbox: ContainerSandbox, variables: [String: String], record: ContainerRecord,
    in directory: ContainerDirectory
  ) async throws {
    let arguments = sandbox.commandLine(host: host, status: directory.status, variables: directory.variablesFile)
    try await Blocking.run {
      try directory.prepare(arguments: arguments, variables: variables, record: record)
    }
    let output = try await Tool.run(
      shim, [directory.path], environment: ["PATH": LocalImage.defaultPath], deadline: .seconds(30))
    guard output.status.isSuccess else {
      throw Failure.shim(
        status: output.status,
        message: String(decoding: output.errorOutput.suffix(1000), as: UTF8.self)
          .trimmingCharacters(in: .whitespacesAndNewlines))
    }
    try await waitForProgram(directory)
  }

  /// Until the sandbox has become the program, or has failed to: only then it can be entered, and is said to run.
  private func waitForProgram(_ directory: ContainerDirectory) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline,
      try await Blocking.run({ directory.isShimAlive() && directory.initProcess() == nil })
    {
      try await Task.sleep(for: .milliseconds(2))  // becoming a program is no event for others
    }
  }

  /// Asks PID 1 of the container to end. PID 1 of a namespace gets only signals it has a handler for (pid_namespaces(7)),
  /// as in any container.
  func terminate(_ directory: ContainerDirectory) async {
    _ = try? await Blocking.run {
      if let process = directory.initProcess() { Glibc.kill(process, SIGTERM) }
    }
  }

  /// Ends the container at once: with PID 1 the kernel kills all in its namespace.
  func kill(_ directory: ContainerDirectory) async {
    _ = try? await Blocking.run { Self.kill(directory) }
  }

  /// The same, blocking. The signal goes to a process that the shim is known to hold, for the shim reaps it.
  ///
  /// To PID 1 only, where there is one: bubblewrap ends after it, and it is over only when all in its namespace are. A
  /// shim that saw bubblewrap end first would report the end of a container that still has its files open.
  static func kill(_ directory: ContainerDirectory) {
    guard directory.isShimAlive(), let process = directory.initProcess() ?? directory.sandboxProcess() else { return }
    Glibc.kill(process, SIGKILL)
  }

  /// Returns when the container's shim has ended, or when the task is cancelled.
  func end(of directory: ContainerDirectory) async {
    while !Task.isCancelled {
      let process = try? await Blocking.run { () -> pid_t? in
        directory.isShimAlive() ? directory.shimProcess() : nil
      }
      guard let process = process ?? nil else { return }
      guard await ProcessWatch.end(of: process) else {
        // No descriptor for it: ask the lock again, which is what counts.
        try? await Task.sleep(for: .milliseconds(200))
        continue
      }
    }
  }
}
