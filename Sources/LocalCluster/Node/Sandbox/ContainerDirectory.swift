import Foundation
import Glibc
import Kubernetes
import Processes

/// The state directory of one run of one container, which the node, its shim and bubblewrap share:
///
/// | file | written by | what |
/// | --- | --- | --- |
/// | `argv`, `environment` | node | what the shim runs, each element ended by NUL |
/// | `variables` | node | the container's own variables, as arguments of bubblewrap |
/// | `record` | node | ``ContainerRecord`` |
/// | `termination-message` | container | why it ended, in its own words |
/// | `lock` | shim | held as long as the shim lives |
/// | `shim.pid`, `container.pid` | shim | process ids |
/// | `status` | bubblewrap | JSON lines: `child-pid`, later `exit-code` |
/// | `log`, `log.1` … | shim | standard output and error in the CRI format |
/// | `exit` | shim | how it ended |
///
/// All methods block; call them off the cooperative pool.
struct ContainerDirectory: Sendable, Hashable {
  let path: String

  var log: String { path + "/log" }
  var status: String { path + "/status" }
  var variablesFile: String { path + "/variables" }
  var terminationMessage: String { path + "/termination-message" }

  /// Writes everything that the shim and bubblewrap read.
  func prepare(arguments: [String], variables: [String: String], record: ContainerRecord) throws {
    // What an earlier try to make this very run left behind, such as its `exit`.
    try Directories.remove(path)
    try Directories.create(path, mode: 0o700)
    try write(Self.terminated(arguments, of: "the command, a path or a name"), to: "argv")
    try write(Self.terminated(["PATH=\(LocalImage.defaultPath)"], of: "PATH"), to: "environment")
    let settings = try variables.sorted { $0.key < $1.key }.flatMap { name, value in
      try Self.terminated(["--setenv", name, value], of: "the variable \(name)")
    }
    try write(settings, to: "variables")
    try write(Array(JSONEncoder().encode(record)), to: "record")
    try write([], to: "termination-message")
  }

  /// What the node knew when it started the container; nil where it was killed before it could write that.
  func record() -> ContainerRecord? {
    read("record").flatMap { try? JSONDecoder().decode(ContainerRecord.self, from: Data($0)) }
  }

  /// The container's variables as they were at its start.
  func variables() -> [String: String] {
    let elements = (read("variables") ?? []).split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    var variables: [String: String] = [:]
    for start in stride(from: 0, to: elements.count - 2, by: 3) { variables[elements[start + 1]] = elements[start + 2] }
    return variables
  }

  /// Whether the shim lives: it holds the lock from before the container starts until its end is recorded.
  func isShimAlive() -> Bool {
    let descriptor = open(path + "/lock", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }

  /// Makes sure that a run which nobody holds is never begun: its shim may have been started by a node process that was
  /// killed, and may take the lock only after its successor has looked.
  ///
  /// - Returns: false where a shim holds it after all.
  func giveUp() -> Bool {
    let descriptor = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return errno == ENOENT }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
    unlink(path + "/argv")
    return true
  }

  func shimProcess() -> pid_t? { number("shim.pid") }

  /// Bubblewrap, the shim's child. It dies with its parent, and the container with it.
  func sandboxProcess() -> pid_t? { number("container.pid") }

  /// The container's PID 1 by its number on the host; nil as long as the sandbox is being set up.
  ///
  /// Bubblewrap names its child before that one has mounted anything and become the program: what entered it then would
  /// see the host.
  func initProcess() -> pid_t? {
    guard let process = statusLines().lazy.compactMap({ $0["child-pid"]?.intValue }).first.map(pid_t.init),
      let name = FileManager.default.contents(atPath: "/proc/\(process)/comm"),
      name != Data("\(HostLayout.bubblewrap.split(separator: "/").last ?? "")\n".utf8)
    else { return nil }
    return process
  }

  /// Whether the program was started at all, known when the container has ended.
  private func wasStarted() -> Bool { statusLines().contains { $0["exit-code"] != nil } }

  /// How the container ended. Nil as long as it runs.
  ///
  /// - Parameter fallsBackToLog: take the end of the log where the container left no message.
  func exit(fallsBackToLog: Bool) -> ContainerExit? {
    guard !isShimAlive() else { return nil }
    let record = record()
    guard let bytes = read("exit"), let report = try? JSON(parsing: String(decoding: bytes, as: UTF8.self)) else {
      // No report: the shim was killed, which took the container along, or the machine lost its power.
      let started = record?.startedAt ?? Date()
      return ContainerExit(
        exitCode: 137, signal: nil, reason: "ContainerStatusUnknown",
        message: "the container vanished without a report: its shim was killed or the machine stopped",
        startedAt: started, finishedAt: max(started, modificationTime() ?? started), containerID: record?.id)
    }
    let signal = report["signal"]?.intValue.map(Int.init).flatMap { $0 == 0 ? nil : $0 }
    let code = report["exitCode"]?.intValue.map(Int.init) ?? signal.map { 128 + $0 } ?? 255
    let started = Timestamps.date(report["startedAt"]) ?? record?.startedAt ?? Date()
    var exit = ContainerExit(
      exitCode: code, signal: signal, reason: code == 0 ? "Completed" : "Error", message: nil, startedAt: started,
      finishedAt: Timestamps.date(report["finishedAt"]) ?? started, containerID: record?.id)
    // Bubblewrap fails with 1; 128 and more is a signal that came before the program was there.
    let isUnstarted = code != 0 && code <= 128 && signal == nil && !wasStarted()
    if isUnstarted {
      // containerd's code and reason for a program that cannot be started.
      exit.exitCode = 128
      exit.reason = "StartError"
    }
    exit.message = message(fallsBackToLog: isUnstarted || (fallsBackToLog && code != 0))
    return exit
  }

  /// At most 4096 bytes of the container's own words, or the last 2048 bytes of its log (as the kubelet has it).
  private func message(fallsBackToLog: Bool) -> String? {
    if let own = read("termination-message"), !own.isEmpty {
      return String(decoding: own.prefix(4096), as: UTF8.self)
    }
    guard fallsBackToLog, let log = read("log") else { return nil }
    let lines = log.suffix(8192).split(separator: UInt8(ascii: "\n")).compactMap { LogLine(parsing: $0)?.text }
    let text = String(decoding: lines.joined(separator: [UInt8(ascii: "\n")]).suffix(2048), as: UTF8.self)
    return text.isEmpty ? nil : text
  }

  private func statusLines() -> [JSON] {
    (read("status") ?? []).split(separator: UInt8(ascii: "\n")).compactMap {
      try? JSON(parsing: String(decoding: $0, as: UTF8.self))
    }
  }

  private func number(_ name: String) -> pid_t? {
    guard let bytes = read(name) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.split(whereSeparator: \.isWhitespace).first.flatMap { pid_t($0) }.flatMap { $0 > 0 ? $0 : nil }
  }

  private func modificationTime() -> Date? {
    try? FileManager.default.attributesOfItem(atPath: log)[.modificationDate] as? Date
  }

  private func read(_ name: String) -> [UInt8]? {
    FileManager.default.contents(atPath: "\(path)/\(name)").map { Array($0) }
  }

  /// Without waiting for the disk: after a loss of power the container does not run any more.
  private func write(_ bytes: [UInt8], to name: String) throws {
    try Directories.write(bytes, to: "\(path)/\(name)", mode: 0o600)
  }

  /// - Throws: ``NULCharacter``: bubblewrap would read one element as several, and the rest as options.
  private static func terminated(_ elements: [String], of what: String) throws(NULCharacter) -> [UInt8] {
    var bytes: [UInt8] = []
    for element in elements {
      guard !element.utf8.contains(0) else { throw NULCharacter(place: what) }
      bytes += Array(element.utf8) + [0]
    }
    return bytes
  }

  /// What a manifest or a Secret asks for and no process can be given.
  struct NULCharacter: Error, Equatable, CustomStringConvertible {
    let place: String

    var description: String {
      "\(place) of the container contains a NUL character, which no process can be given: remove it"
    }
  }
}
