import Glibc
import PostgreSQL
import Synchronization

/// By this a file that was not written since is known again.
struct FileStamp: Sendable, Equatable {
  private let device: dev_t
  private let inode: ino_t
  private let seconds: Int
  private let nanoseconds: Int

  /// Nil where there is no such file, or where it was written so short a time ago that a further write could have the
  /// same time: the clock of file systems goes in steps of a few milliseconds.
  init?(_ path: String) {
    var information = stat()
    var now = timespec()
    guard stat(path, &information) == 0, clock_gettime(CLOCK_REALTIME, &now) == 0 else { return nil }
    (device, inode) = (information.st_dev, information.st_ino)
    (seconds, nanoseconds) = (information.st_mtim.tv_sec, information.st_mtim.tv_nsec)
    let age = (now.tv_sec - seconds) * 1000 + (now.tv_nsec - nanoseconds) / 1_000_000
    guard age > 50 else { return nil }
  }
}

/// What the control file said when it was read last. One step of an instance asks for it several times, and each time it
/// takes a program to read it.
final class ControlFiles: Sendable {
  private let known = Mutex<(stamp: FileStamp, data: ControlData)?>(nil)

  func data(of stamp: FileStamp) -> ControlData? {
    known.withLock { known in known.flatMap { $0.stamp == stamp ? $0.data : nil } }
  }

  func remember(_ data: ControlData, of stamp: FileStamp) { known.withLock { $0 = (stamp, data) } }
}
