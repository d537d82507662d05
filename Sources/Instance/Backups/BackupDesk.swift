import ClusterAPI
import Kubernetes
import Logging

/// Where the operator orders backups of this instance: one is made at a time.
actor BackupDesk {
  private let orders = AsyncStream.makeStream(of: String.self)
  private var current: String?

  enum Answer: Sendable, Equatable {
    /// It is being made, now or already.
    case accepted
    case busy(String)
  }

  func order(_ name: String) -> Answer {
    guard let current else {
      self.current = name
      orders.continuation.yield(name)
      return .accepted
    }
    return current == name ? .accepted : .busy(current)
  }

  /// Has made what is ordered, until cancelled.
  ///
  /// - Parameter make: makes the backup of that name, and says in its object how it went.
  func run(_ make: @Sendable (String) async -> Void) async {
    for await name in orders.stream {
      await make(name)
      current = nil
    }
  }
}
