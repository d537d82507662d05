import FoundationEssentials
import Glibc
import Processes
import Synchronization

/// The right to touch the data: one instance manager's at a time, for its whole life.
///
/// Two pods may have the same volume for a while: one deleted by force still stops while the next one starts. Neither
/// postmaster.pid nor shared memory tells them of each other, because each has process numbers and shared memory of its
/// own. An open file's lock does; postgres inherits it, so that it outlives the instance manager if postgres does.
final class DataLock: Sendable {
  private let path: String
  private let held = Mutex<Int32?>(nil)

  /// - Parameter data: PGDATA. The file lies beside it on the same volume.
  init(data: String) { path = data + ".lock" }

  /// For postgres to inherit; nil while the lock is not held.
  var descriptor: Int32? { held.withLock { $0 } }

  /// Takes the lock unless it is held already. Does not wait.
  ///
  /// - Returns: false where somebody else has it.
  func acquire() async throws -> Bool {
    if descriptor != nil { return true }
    return try await Blocking.run { try self.take() }
  }

  private func take() throws -> Bool {
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      if errno == ENOSPC { throw InstanceProblem.noSpace(folder) }
      throw SystemError("open \(path)")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      if code == EWOULDBLOCK { return false }
      throw InstanceProblem.unsupported(
        "The volume of \(path) is on a file system that cannot lock files (\(SystemError("lock", code: code))), so two "
          + "instance managers could use the same data: choose a StorageClass whose file system can (flock(2)).")
    }
    held.withLock { $0 = descriptor }
    return true
  }

  /// The number under which postgres, which inherits it, has it open.
  static let inheritedDescriptor: Int32 = 3

  /// The processes of a postgres that inherited it, whoever they belong to by now.
  func otherHolders() -> [pid_t] {
    var own = stat()
    guard stat(path, &own) == 0 else { return [] }
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.compactMap { pid_t($0) }.filter { process in
      var other = stat()
      return process != getpid() && stat("/proc/\(process)/fd/\(Self.inheritedDescriptor)", &other) == 0
        && other.st_ino == own.st_ino && other.st_dev == own.st_dev
    }
  }

  /// At the end of the instance manager: to others it is free once postgres has ended too.
  func release() {
    let descriptor = held.withLock { held in
      defer { held = nil }
      return held
    }
    if let descriptor { close(descriptor) }
  }
}
