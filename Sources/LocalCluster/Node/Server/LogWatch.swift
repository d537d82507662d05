import Dispatch
import Glibc

/// Says that something in a log.s directory has changed, by inotify(7).
struct LogWatch: Sendable {
  let changes: AsyncStream<Void>

  /// - Returns: nil where the kernel has no watch left (`fs.inotify.max_user_watches`) or the directory is gone.
  init?(_ path: String) {
    let descriptor = inotify_init1(Int32(IN_NONBLOCK.rawValue) | Int32(IN_CLOEXEC.rawValue))
    guard descriptor >= 0 else { return nil }
    let events = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF)
    guard inotify_add_watch(descriptor, path, events) >= 0 else {
      close(descriptor)
      return nil
    }
    let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: Self.queue)
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    source.setEventHandler {
      var buffer = [UInt8](repeating: 0, count: 4096)
      while read(descriptor, &buffer, buffer.count) > 0 {}
      continuation.yield()
    }
    source.setCancelHandler { close(descriptor) }
    continuation.onTermination = { _ in source.cancel() }
    source.activate()
    changes = stream
  }

  private static let queue = DispatchQueue(label: "matriarch.log-watch")
}
