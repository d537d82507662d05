import Foundation
import Glibc
import Processes

/// One background process of the local control plane, found again by the lock it holds: a lock ends with its
/// process, however that ends, and a recycled process id holds none.
public struct Daemon: Sendable {
  public let name: String
  let directory: String
  let arguments: [String]
  let log: String

  var lockFile: String { "\(directory)/process.lock" }

  /// Whether it runs, and as which process.
  public var processID: pid_t? {
    let descriptor = open(lockFile, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
    var buffer = [UInt8](repeating: 0, count: 32)
    let count = read(descriptor, &buffer, buffer.count)
    guard count > 0 else { return nil }
    return pid_t(String(decoding: buffer[..<count], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// Whether the program it runs has been replaced since it was started.
  public var isOutdated: Bool {
    guard let processID,
      let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(processID)/exe")
    else { return false }
    return program.hasSuffix(" (deleted)")  // as the kernel marks it (proc(5))
  }

  /// Called by the process itself: holds the lock until it ends.
  ///
  /// - Returns: false where another process holds it already.
  public func claim() async throws -> Bool {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let descriptor = open(lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    var attempt = 1
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      // Whoever asks whether the process runs holds the lock himself for a moment.
      guard attempt < Self.claimAttempts else {
        close(descriptor)
        return false
      }
      attempt += 1
      try await Task.sleep(for: .milliseconds(10))
    }
    let text = Array("\(getpid())\n".utf8)
    ftruncate(descriptor, 0)
    _ = pwrite(descriptor, text, text.count, 0)
    return true  // the descriptor stays open: it is the lock
  }

  private static let claimAttempts = 100

  /// Starts it in a session of its own, its output appended to its log.
  func start(executable: String, environment: [String: String]) throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    defer { close(output) }
    _ = try ChildProcess.start(
      ProcessSpecification(
        executable: executable, arguments: arguments, environment: environment, workingDirectory: "/",
        input: .null, output: .descriptor(output), errorOutput: .descriptor(output), newSession: true))
  }

  /// The last lines of its log, for an error message.
  func lastLines(_ count: Int = 8) -> String {
    guard let text = try? String(contentsOfFile: log, encoding: .utf8) else { return "(no log)" }
    return text.split(separator: "\n").suffix(count).joined(separator: "\n")
  }
}
