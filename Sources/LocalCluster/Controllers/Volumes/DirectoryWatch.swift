import Dispatch
import Glibc
import Processes

/// Says when something disappeared from a directory (inotify(7)).
struct DirectoryWatch: AsyncSequence, Sendable {
  typealias Element = Void
  private let stream: AsyncStream<Void>

  /// - Returns: nil where the directory cannot be watched.
  init?(_ path: String) {
    let descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
    guard descriptor >= 0 else { return nil }
    let events = UInt32(IN_DELETE) | UInt32(IN_MOVED_FROM) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)
    guard inotify_add_watch(descriptor, path, events) >= 0 else {
      close(descriptor)
      return nil
    }
    let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let source = ReadSource(descriptor: descriptor, queue: .global(qos: .utility)) { _ in
      var buffer = [UInt8](repeating: 0, count: 4096)
      // What exactly went does not matter: whoever waits looks at all volumes.
      while read(descriptor, &buffer, buffer.count) > 0 {}
      continuation.yield()
    } onCancel: {
      close(descriptor)
    }
    continuation.onTermination = { _ in source.cancel() }
    self.stream = stream
  }

  func makeAsyncIterator() -> AsyncStream<Void>.Iterator { stream.makeAsyncIterator() }
}
