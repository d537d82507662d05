import Dispatch
import Glibc
import Processes

/// Says that something in a log's directory has changed, by inotify(7).
struct LogWatch: Sendable {
  private let descriptor: Int32

  /// From now on nothing is missed. ``run(_:)`` must follow, it ends the watch.
  ///
  /// - Returns: nil where the kernel has no watch left (`fs.inotify.max_user_watches`) or the directory is gone.
  init?(_ path: String) {
    descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    guard descriptor >= 0 else { return nil }
    let events = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF)
    guard inotify_add_watch(descriptor, path, events) >= 0 else {
      close(descriptor)
      return nil
    }
  }

  /// Calls the body after each change until the task is cancelled.
  func run(_ body: () -> Void) async {
    let descriptor = descriptor
    let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let source = ReadSource(descriptor: descriptor, queue: Self.queue) { _ in
      var buffer = [UInt8](repeating: 0, count: 4096)
      while read(descriptor, &buffer, buffer.count) > 0 {}
      continuation.yield()
    } onCancel: {
      close(descriptor)
    }
    for await _ in changes { body() }
    source.cancel()
  }

  private static let queue = DispatchQueue(label: "matriarch.log-watch")
}
