import Foundation
import Kubernetes
import Logging

/// Removes events an hour after they last happened, as Kubernetes does.
struct EventExpiry: Sendable {
  private static let lifetime: TimeInterval = 3600
  private static let interval = Duration.seconds(300)

  let store: Store
  let logger: Logger

  func run() async throws {
    while true {
      try await Task.sleep(for: Self.interval)
      do {
        try await sweep(now: .now)
      } catch {
        logger.error("old events could not be removed", metadata: ["error": "\(error)"])
      }
    }
  }

  func sweep(now: Date) async throws(StoreError) {
    for object in try store.list("events").objects {
      let event = try object.value()
      guard Self.isOver(event, now: now) else { continue }
      do {
        _ = try await store.delete(object.key, last: event, ifRevision: object.revision)
      } catch {
        // It happened once more, or somebody else removed it.
        guard error.isOvertaken else { throw error }
      }
    }
  }

  /// Whether the last of an event's times is past.
  static func isOver(_ event: JSON, now: Date) -> Bool {
    let paths = [["lastTimestamp"], ["eventTime"], ["series", "lastObservedTime"], ["metadata", "creationTimestamp"]]
    let last = paths.compactMap { event[path: $0]?.stringValue.flatMap(Timestamp.date) }.max()
    guard let last else { return false }
    return now.timeIntervalSince(last) > lifetime
  }
}
