import Foundation
import Kubernetes

/// Runs pods until each Job is done.
struct JobController: Sendable {
  private let context: ControllerContext
  private let deletions = DeletionMemory()

  init(_ context: ControllerContext) { self.context = context }

  var controller: Controller<ObjectKey> {
    let caches = context.caches
    return Controller(
      "job", caches: [caches.jobs, caches.pods],
      sources: [Controller.keys(of: caches.jobs), Controller.owners(of: caches.pods, kind: Job.resource)],
      logger: context.logger
    ) { key in
      guard let job = caches.jobs.get(key) else {
        // Pods of a vanished job keep nobody's count.
        try await releaseOrphans(in: key)
        return nil
      }
      return try await reconcile(job)
    }
  }

  private func reconcile(_ job: Job) async throws -> Duration? {
    let pods = deletions.filter(context.caches.pods.all(in: job.namespace), of: context.caches.pods)
    let plan = JobPlan(job, pods: pods, now: .now)
    if plan.deleteJob {
      try await context.delete(job, propagation: "Background")
      return nil
    }
    // Counted first, released afterwards: see JobPlan.
    if let written = try await context.writeStatus(of: job, from: job.status, to: plan.status) {
      context.caches.jobs.observe(written)
      report(job, plan.status)
    }
    for pod in plan.release { try await release(pod) }
    for pod in plan.delete {
      deletions.insert(pod.uid)
      try await context.delete(pod)
      context.events.record(.normal, reason: "SuccessfulDelete", message: "Deleted pod: \(pod.name)", about: job)
    }
    guard let template = job.spec?.template else { return nil }
    for _ in 0..<plan.create {
      var pod = template.pod(of: job)
      pod.metadata.finalizers = (pod.metadata.finalizers ?? []) + [JobPlan.finalizer]
      do {
        let written = try await context.client.create(pod)
        context.caches.pods.observe(written)
        context.events.record(.normal, reason: "SuccessfulCreate", message: "Created pod: \(written.name)", about: job)
      } catch {
        context.events.record(.warning, reason: "FailedCreate", message: "Error creating: \(error)", about: job)
        throw error
      }
    }
    return plan.recheck?.remaining()
  }

  private func release(_ pod: Pod) async throws {
    let rest = (pod.metadata.finalizers ?? []).filter { $0 != JobPlan.finalizer }
    if let written = try await context.setFinalizers(of: pod, rest) { context.caches.pods.observe(written) }
  }

  private func releaseOrphans(in key: ObjectKey) async throws {
    for pod in context.caches.pods.all(in: key.namespace) {
      guard let owner = pod.controllerReference, owner.kind == "Job", owner.name == key.name,
        pod.metadata.finalizers?.contains(JobPlan.finalizer) ?? false
      else { continue }
      try await release(pod)
    }
  }

  private func report(_ job: Job, _ status: JobStatus) {
    let known = job.status?.conditions ?? []
    for condition in status.conditions ?? [] where condition.status == "True" {
      guard ["Complete", "Failed"].contains(condition.type), !known.contains(where: { $0.type == condition.type })
      else {
        continue
      }
      if condition.type == "Complete" {
        context.events.record(.normal, reason: "Completed", message: "Job completed", about: job)
      } else {
        context.events.record(
          .warning, reason: condition.reason ?? "Failed", message: condition.message ?? "Job failed", about: job)
      }
    }
  }
}
