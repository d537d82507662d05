import Foundation
import Kubernetes

/// Probes one run of a container until it is cancelled.
struct ProbeRunner: Sendable {
  enum Report: Sendable, Equatable {
    /// The startup probe has succeeded, or there is none.
    case started
    case ready(Bool)
    /// A failure that counts, for an event: `Readiness probe failed: …`
    case failure(ProbeMachine.Purpose, String)
    /// The container must be restarted.
    case unhealthy(ProbeMachine.Purpose)
    /// A probe that can never be carried out.
    case impossible(ProbeMachine.Purpose, String)
  }

  let container: Container
  let podAddress: String
  let performer: ProbePerformer
  /// Where the run's commands are run.
  let directory: ContainerDirectory
  let startedAt: Date

  /// - Parameter isStarted: the startup probe succeeded before this node process took the container over.
  func run(isStarted: Bool, report: @escaping @Sendable (Report) async -> Void) async {
    if let probe = container.startupProbe, !isStarted {
      guard await loop(probe, .startup, report: report) else { return }
    } else {
      await report(.started)
    }
    await withDiscardingTaskGroup { group in
      if let probe = container.readinessProbe, probe.grpc == nil {
        group.addTask { _ = await loop(probe, .readiness, report: report) }
      } else {
        group.addTask { await report(.ready(true)) }
      }
      if let probe = container.livenessProbe {
        group.addTask { _ = await loop(probe, .liveness, report: report) }
      }
    }
  }

  /// - Returns: for a startup probe, true when it succeeded. Others run until they are cancelled or, for liveness, until
  ///   the container has failed.
  private func loop(
    _ probe: Probe, _ purpose: ProbeMachine.Purpose, report: @Sendable (Report) async -> Void
  ) async -> Bool {
    // Named by an event when the pod came (`UnsupportedFields`); the container runs as if it had no such probe.
    if probe.grpc != nil {
      if purpose == .startup { await report(.started) }
      return true
    }
    let target: ProbeTarget
    do {
      target = try ProbeTarget(probe, container: container, podAddress: podAddress)
    } catch {
      await report(.impossible(purpose, error.description))
      return false
    }
    let timeout = Duration.seconds(max(probe.timeoutSeconds, 1))
    // Measured by a clock that nobody sets: the machine's time may jump.
    let origin = ContinuousClock.now - .seconds(Date().timeIntervalSince(startedAt))
    var now: TimeInterval { origin.duration(to: .now) / .seconds(1) }
    var machine = ProbeMachine(probe, purpose: purpose, start: purpose == .startup ? 0 : now)
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(max(0, machine.next - now)))
      if Task.isCancelled { break }
      let started = now
      let result = await performer.perform(target, timeout: timeout, in: directory)
      if Task.isCancelled { break }
      let effect = machine.record(success: result.isSuccess, started: started, finished: now)
      if !result.isSuccess && machine.isLastFailureNotable {
        await report(.failure(purpose, "\(purpose.rawValue) probe failed: \(result.message)"))
      }
      switch (effect, purpose) {
      case (.none, _): continue
      case (.succeeded, .startup):
        await report(.started)
        return true
      case (.succeeded, .readiness): await report(.ready(true))
      case (.succeeded, .liveness): continue
      case (.failed, .readiness): await report(.ready(false))
      case (.failed, _):
        await report(.unhealthy(purpose))
        return false
      }
    }
    return false
  }
}
