import NIOCore
import Synchronization

/// The connections of a server: how many there are, which are idle, and how they end.
final class ConnectionRegistry: Sendable {
  private struct State {
    var connections: [ObjectIdentifier: (channel: any Channel, busy: Bool)] = [:]
    var draining = false
  }

  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int) { self.limit = limit }

  /// Counts a connection until it closes.
  ///
  /// - Returns: false where there are too many already.
  func admit(_ channel: any Channel) -> Bool {
    let id = ObjectIdentifier(channel)
    let admitted = state.withLock {
      guard !$0.draining, $0.connections.count < limit else { return false }
      $0.connections[id] = (channel, false)
      return true
    }
    if admitted {
      channel.closeFuture.whenComplete { _ in self.state.withLock { _ = $0.connections.removeValue(forKey: id) } }
    }
    return admitted
  }

  /// Says whether a request is being served on the connection. One that becomes idle while the server ends is closed.
  func setBusy(_ channel: any Channel, _ busy: Bool) {
    state.withLock { $0.connections[ObjectIdentifier(channel)]?.busy = busy }
  }

  var count: Int { state.withLock { $0.connections.count } }
  var isDraining: Bool { state.withLock { $0.draining } }

  /// Closes what is idle; what is busy ends after its response.
  func drain() {
    let idle = state.withLock {
      $0.draining = true
      return $0.connections.values.filter { !$0.busy }.map(\.channel)
    }
    for channel in idle { channel.close(promise: nil) }
  }

  func closeAll() {
    let all = state.withLock {
      $0.draining = true
      return $0.connections.values.map(\.channel)
    }
    for channel in all { channel.close(promise: nil) }
  }
}
