import Foundation
import Kubernetes
import Processes

/// Watching one run of a container: its probes, and its end.
extension PodWorker {
  func supervise(_ name: String, attempt: Int, startedAt: Date, isStarted: Bool) async {
    guard let container = container(name) else { return }
    let run = directory.container(name, attempt: attempt)
    let runner = ProbeRunner(
      container: container, podAddress: address, performer: context.probes, directory: run, startedAt: startedAt)
    let runtime = context.runtime
    // The end of the container ends the probing; the end of this task ends both and leaves the container alone.
    await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        await runtime.end(of: run)
        return true
      }
      group.addTask {
        await runner.run(isStarted: isStarted) { report in await self.note(report, of: name, attempt: attempt) }
        return false
      }
      for await isEnd in group where isEnd { break }
      group.cancelAll()
    }
    guard !Task.isCancelled else { return }
    let fallsBack = container.terminationMessagePolicy == "FallbackToLogsOnError"
    if let exit = try? await Blocking.run({ run.exit(fallsBackToLog: fallsBack) }) {
      noteExit(exit, of: name, attempt: attempt)
    }
  }

  private func noteExit(_ exit: ContainerExit, of name: String, attempt: Int) {
    guard var view = containers[name], view.attempt == attempt else { return }
    logger.info(
      "a container has ended",
      metadata: ["container": "\(name)", "exitCode": "\(exit.exitCode)", "reason": "\(exit.reason)"])
    view.phase = .exited(exit)
    view.isReady = false
    view.isStarted = false
    view.stop = nil
    containers[name] = view
    if let container = container(name), let spec = pod.spec, !pod.isBeingDeleted, !isGone,
      RestartRule(container, in: spec, isInit: isInit(name)).restarts(after: exit),
      view.backoff.earliestRestart(after: exit.finishedAt, now: Date()) != nil
    {
      context.interface.event(
        pod, true, "BackOff", "Back-off restarting failed container \(name) in pod \(pod.name)_\(pod.namespace)(\(uid))"
      )
    }
    wakeup.signal()
  }

  private func note(_ report: ProbeRunner.Report, of name: String, attempt: Int) {
    guard var view = containers[name], view.attempt == attempt, view.isRunning else { return }
    switch report {
    case .started:
      view.isStarted = true
    case .ready(let isReady):
      guard view.isReady != isReady else { return }
      view.isReady = isReady
    case .failure(_, let message):
      context.interface.event(pod, true, "Unhealthy", message)
      return
    case .impossible(let purpose, let message):
      context.interface.event(pod, true, "UnsupportedField", "\(purpose.rawValue) probe of \(name): \(message)")
      return
    case .unhealthy(let purpose):
      // A pod that ends anyway is not restarted by its probes.
      guard !pod.isBeingDeleted, !isGone else { return }
      let probe = purpose == .startup ? container(name)?.startupProbe : container(name)?.livenessProbe
      let grace = probe?.terminationGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30
      stop(
        name, grace: TimeInterval(max(grace, 1)),
        reason: "\(purpose.rawValue) probe failed, the container will be restarted:")
      wakeup.signal()
      return
    }
    containers[name] = view
    wakeup.signal()
  }
}
