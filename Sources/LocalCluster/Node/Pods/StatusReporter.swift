import Foundation
import Kubernetes
import Logging
import Synchronization

/// Sends a pod's status to the API server: the newest only, again and again until it is there.
///
/// In a task of its own, so that a pod's containers are looked after while the API server is away.
final class StatusReporter: Sendable {
  private struct State {
    var wanted: (pod: Pod, patch: JSON)?
    var reported: JSON?
  }

  private let interface: NodeInterface
  private let logger: Logger
  private let state = Mutex(State())
  private let wakeup = Wakeup()

  init(_ interface: NodeInterface, logger: Logger) {
    self.interface = interface
    self.logger = logger
  }

  /// Never blocks. A status equal to the last one costs nothing.
  func submit(_ status: PodStatus, for pod: Pod) {
    guard let patch = try? Self.patch(status, for: pod) else { return }
    let isNew = state.withLock { state in
      state.wanted = (pod, patch)
      return state.reported != patch
    }
    if isNew { wakeup.signal() }
  }

  /// True when the API server has the last status submitted.
  var isIdle: Bool { state.withLock { $0.wanted?.patch == $0.reported } }

  /// - Parameter finished: called after each status that has arrived.
  func run(finished: @Sendable () -> Void) async {
    var pause = 0.1
    while !Task.isCancelled {
      guard let (pod, patch) = state.withLock({ $0.wanted?.patch == $0.reported ? nil : $0.wanted }) else {
        await wakeup.wait()
        continue
      }
      do {
        try await interface.report(pod, patch)
        state.withLock { $0.reported = patch }
        pause = 0.1
        finished()
      } catch let error as APIError where error.isNotFound || error.isConflict {
        // The pod is gone, or another one has its name (the patch names the uid): nobody wants to know any more.
        state.withLock { $0.reported = patch }
        finished()
      } catch let error as APIError where error.isInvalid || error.status == 400 {
        // What is refused for itself is refused each time; the next status may be better.
        logger.error(
          "the status of a pod is refused", metadata: ["pod": "\(pod.namespace)/\(pod.name)", "error": "\(error)"])
        state.withLock { $0.reported = patch }
        finished()
      } catch {
        if Task.isCancelled { return }
        logger.warning(
          "cannot report the status of a pod yet",
          metadata: ["pod": "\(pod.namespace)/\(pod.name)", "error": "\(error)"])
        await wakeup.wait(until: Date() + pause)
        pause = min(pause * 2, 5)
      }
    }
  }

  /// A strategic merge patch, in which what the status does not have is removed by an explicit `null`.
  static func patch(_ status: PodStatus, for pod: Pod) throws -> JSON {
    var json = try JSON(encoding: status)
    for key in ["reason", "message"] where json[key] == nil { json[key] = .null }
    if case .array(let conditions)? = json["conditions"] {
      json["conditions"] = .array(
        conditions.map { condition in
          var condition = condition
          for key in ["reason", "message"] where condition[key] == nil { condition[key] = .null }
          return condition
        })
    }
    return ["metadata": ["uid": .string(pod.uid)], "status": json]
  }
}
