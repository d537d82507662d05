import Foundation
import Kubernetes
import Web

extension ObjectHandler {
  /// Deletes a pod if its disruption budget allows it (`pods/eviction`).
  func evict() async throws(StatusError) -> HTTPResponse {
    let body = try await subresourceBody()
    let name = try name()
    var options = try DeletionOptions(body: body["deleteOptions"] ?? [:]) { _ in nil }
    var handler = self
    handler.request.asksForDryRun = options.isDryRun
    let stored = try find(name)
    let pod: Pod
    do {
      pod = try value(stored).decoded(as: Pod.self)
    } catch {
      throw .internalError("pod \(name) could not be read: \(error)")
    }
    if let uid = options.uid, uid != pod.uid { throw .conflict(type, name) }
    if Self.isProtected(pod) { try await handler.spendBudget(on: pod) }
    // What was decided about this pod holds for no other one of its name.
    options.uid = pod.uid
    _ = try await handler.delete(name, options)
    return success()
  }

  /// A pod that has ended, has not begun or is going already is nothing that a budget protects.
  private static func isProtected(_ pod: Pod) -> Bool {
    !["Succeeded", "Failed", "Pending"].contains(pod.status?.phase ?? "") && !pod.isBeingDeleted
  }

  /// Takes one disruption from the pod's budget. It is written before the pod is deleted, so that of many evictions at
  /// once no more pass than the budget allows.
  ///
  /// - Throws: 429 where nothing is left.
  private func spendBudget(on pod: Pod) async throws(StatusError) {
    for _ in 1...10 {
      guard let (stored, budget) = try budget(of: pod) else { return }
      let decision = EvictionDecision(of: pod, budget)
      switch decision {
      case .free: return
      case .refused(let why): throw Self.tooMany(why)
      case .tooSoon:
        throw Self.tooMany(
          "The disruption budget \(budget.name) is still being processed by the server.", retryAfter: 10)
      case .spends:
        if try request.isDryRun() { return }
        var value = try value(stored)
        let left = (value[path: ["status", "disruptionsAllowed"]]?.intValue ?? 1) - 1
        value[path: ["status", "disruptionsAllowed"]] = .int(left)
        value[path: ["status", "disruptedPods", pod.name]] = .string(Timestamp.seconds())
        do {
          _ = try await store.update(stored.key, value, ifRevision: stored.revision)
          return
        } catch {
          // Another eviction, or the controller, was first: look again.
          guard error.isOvertaken else { throw StatusError(error, PodDisruptionBudget.resource, budget.name) }
        }
      }
    }
    throw Self.tooMany("too many evictions at once", retryAfter: 1)
  }

  private func budget(of pod: Pod) throws(StatusError) -> (StoredObject, PodDisruptionBudget)? {
    var found: [(StoredObject, PodDisruptionBudget)] = []
    do {
      for object in try store.list("poddisruptionbudgets.policy", namespace: namespace).objects {
        let budget = try object.value().decoded(as: PodDisruptionBudget.self)
        if budget.spec?.selector?.matches(pod.labels) ?? false { found.append((object, budget)) }
      }
    } catch {
      throw .internalError("the disruption budgets could not be read: \(error)")
    }
    guard found.count <= 1 else {
      throw .internalError(
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
    }
    return found.first
  }

  /// - Parameter retryAfter: seconds, only where time alone helps: kubectl would not say a word to its user meanwhile.
  private static func tooMany(_ why: String, retryAfter: Int? = nil) -> StatusError {
    StatusError(
      code: 429, reason: "TooManyRequests",
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: ["causes": [["reason": "DisruptionBudget", "message": .string(why)]]], retryAfter: retryAfter)
  }
}

/// What a disruption budget says about the eviction of one pod.
enum EvictionDecision: Sendable, Equatable {
  /// Nothing is lost by it: the pod is not ready anyway.
  case free
  /// It counts against the budget.
  case spends
  case refused(String)
  /// The budget changed, and its numbers are those of before.
  case tooSoon

  init(of pod: Pod, _ budget: PodDisruptionBudget) {
    let status = budget.status ?? PodDisruptionBudgetStatus()
    let isHealthyEnough = status.desiredHealthy > 0 && status.currentHealthy >= status.desiredHealthy
    let isCurrent = status.observedGeneration ?? 0 >= budget.metadata.generation ?? 0
    if !pod.isReady, budget.spec?.unhealthyPodEvictionPolicy == "AlwaysAllow" || (isCurrent && isHealthyEnough) {
      self = .free
    } else if !isCurrent {
      self = .tooSoon
    } else if status.disruptionsAllowed <= 0 {
      self = .refused(
        "The disruption budget \(budget.name) needs \(status.desiredHealthy) healthy pods and has "
          + "\(status.currentHealthy) currently")
    } else {
      self = .spends
    }
  }
}
