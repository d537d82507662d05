import Glibc

/// Wakes a thread that waits in `poll`.
final class Interrupt: Sendable {
  let readEnd: Int32
  private let writeEnd: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    // Without descriptors to spare there is no waking up: the deadline of each operation still holds.
    if pipe(&ends) == 0 {
      for end in ends {
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      }
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  func raise() {
    var byte: UInt8 = 1
    _ = write(writeEnd, &byte, 1)
  }

  func clear() {
    var bytes = [UInt8](repeating: 0, count: 16)
    while read(readEnd, &bytes, bytes.count) > 0 {}
  }
}
