import Foundation
import Kubernetes
import Logging
import Processes

/// One pod on this node, from its first container to the end of its last.
///
/// The loop looks at what is wanted and what is there, takes the steps that ``PodPlan`` names, reports, and waits until
/// something happens. What it remembers can be read again from the pod's directory and the object's status, so a node
/// process that is killed is replaced by one that goes on.
actor PodWorker {
  nonisolated let uid: String
  nonisolated let wakeup = Wakeup()
  let context: PodContext
  nonisolated let directory: PodDirectory
  let address: String
  let reporter: StatusReporter
  let logger: Logger

  var pod: Pod
  /// The object is gone from the API.
  var isGone = false
  var isRemovalRequested = false
  var removalRetry: Date?
  /// A status was submitted, or nobody wants one.
  private var isKnown = false
  var startTime = Date()
  var containers: [String: ContainerView] = [:]
  var volumes: PodVolumes
  var hosts = ""
  var launches: [Launch] = []
  var mountFailure: (message: String, pause: TimeInterval, retryAt: Date)?
  var imagePauses: [String: TimeInterval] = [:]

  /// Work of its own beside the loop.
  enum Launch {
    case supervise(String, attempt: Int, startedAt: Date, isStarted: Bool)
    case hook(String, LifecycleHandler, timeout: Duration)
  }

  init(_ pod: Pod, isGone: Bool, address: String, context: PodContext) {
    uid = pod.uid
    self.pod = pod
    self.isGone = isGone
    self.address = address
    self.context = context
    directory = PodDirectory(podsDirectory: context.settings.podsDirectory, uid: pod.uid)
    volumes = PodVolumes(context, directory)
    var logger = context.logger
    logger[metadataKey: "pod"] = "\(pod.namespace)/\(pod.name)"
    self.logger = logger
    reporter = StatusReporter(context.interface, logger: logger)
  }

  // MARK: From outside

  func update(_ pod: Pod) {
    self.pod = pod
    wakeup.signal()
  }

  /// The object is gone. Its containers end with what grace the last version had.
  func noteGone(_ last: Pod) {
    pod = last
    isGone = true
    wakeup.signal()
  }

  /// Where a container's run is; nil where there is none.
  func containerDirectory(_ name: String, previous: Bool) -> ContainerDirectory? {
    guard let attempt = containers[name]?.attempt else { return nil }
    let wanted = previous ? attempt - 1 : attempt
    return wanted >= 0 ? directory.container(name, attempt: wanted) : nil
  }

  func containerView(_ name: String) -> ContainerView? { containers[name] }

  /// Whether the API server knows how the pod is that was found here.
  var hasReported: Bool { isKnown && reporter.isIdle }

  // MARK: The loop

  /// Runs until the pod is gone from this node, or until it is cancelled: then the containers go on.
  func run() async {
    await adopt()
    if containers.values.contains(where: { $0.attempt != nil }) {
      // Before anything is started, which takes its time: what ended with the machine must not count as ready.
      reporter.submit(report(hasEnded: false).status(), for: pod)
    }
    isKnown = true
    let reporter = reporter
    let wakeup = wakeup
    await withDiscardingTaskGroup { group in
      group.addTask { await reporter.run { wakeup.signal() } }
      while !Task.isCancelled {
        let (next, isFinished) = await pass()
        for launch in launches { group.addTask { await self.carryOut(launch) } }
        launches = []
        if isFinished { break }
        await wakeup.wait(until: next)
      }
      group.cancelAll()
    }
  }

  private func carryOut(_ launch: Launch) async {
    switch launch {
    case .supervise(let name, let attempt, let startedAt, let isStarted):
      await supervise(name, attempt: attempt, startedAt: startedAt, isStarted: isStarted)
    case .hook(let name, let handler, let timeout):
      await runHook(handler, of: name, timeout: timeout)
    }
  }

  private func pass() async -> (next: Date?, isFinished: Bool) {
    var next: Date?
    func lookAgain(at date: Date?) { if let date { next = min(next ?? date, date) } }

    let intent = intent
    let plan = PodPlan(pod, intent: intent, containers: containers, now: Date())
    lookAgain(at: plan.next)
    await refreshFiles()
    if let renewal = volumes.nextRenewal { lookAgain(at: max(renewal, Date() + 5)) }
    var hasEnded = false
    for step in plan.steps {
      switch step {
      case .start(let name): await start(name)
      case .stop(let name, let grace): stop(name, grace: TimeInterval(grace))
      case .finish: hasEnded = true
      }
    }
    if intent == .run { stopChangedContainers() }
    lookAgain(at: await advanceStops())
    if !plan.steps.isEmpty {
      // Obstacles found just now say when to try again.
      lookAgain(at: PodPlan(pod, intent: intent, containers: containers, now: Date()).next)
    }
    reporter.submit(report(hasEnded: hasEnded).status(), for: pod)
    if hasEnded {
      if await finish() { return (nil, true) }
      lookAgain(at: removalRetry)
    }
    return (next, false)
  }

  private var intent: PodPlan.Intent {
    if isGone || pod.isBeingDeleted {
      // Force deletion leaves the kubelet its minimum of a second.
      let grace = pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30
      return .stop(grace: max(1, grace))
    }
    return .run
  }

  private func report(hasEnded: Bool) -> PodStatusReport {
    PodStatusReport(
      pod: pod, containers: containers, podAddress: address, hostAddress: context.settings.address,
      startTime: startTime, now: Date(), hasEnded: hasEnded)
  }

  /// After the last container: the final status, then the object, then the directory.
  private func finish() async -> Bool {
    // Set anew where another try is needed: a time that is over would make the loop turn without a pause.
    removalRetry = nil
    if isGone {
      let directory = directory
      do {
        try await Blocking.run { try directory.remove() }
        return true
      } catch {
        logger.warning("cannot remove the pod's directory yet", metadata: ["error": "\(error)"])
        removalRetry = Date() + 5
        return false
      }
    }
    guard reporter.isIdle, !isRemovalRequested else { return false }
    do {
      try await context.interface.remove(pod)
      isRemovalRequested = true
    } catch let error as APIError where error.isNotFound || error.isConflict {
      isRemovalRequested = true
    } catch {
      logger.warning("cannot remove the pod's object yet", metadata: ["error": "\(error)"])
      removalRetry = Date() + 1
    }
    return false
  }

  // MARK: Ends

  /// Begins the end of a container, or hastens it.
  func stop(_ name: String, grace: TimeInterval, reason: String = "Stopping container") {
    guard var view = containers[name], view.isRunning else { return }
    let deadline = ContinuousClock.now + .seconds(grace)
    if var stop = view.stop {
      guard deadline < stop.deadline else { return }
      stop.deadline = deadline
      view.stop = stop
    } else {
      context.interface.event(pod, false, "Killing", "\(reason) \(name)")
      let hook = container(name)?.lifecycle?.preStop
      view.stop = ContainerStop(deadline: deadline, isHookRunning: hook != nil)
      if let hook { launches.append(.hook(name, hook, timeout: .seconds(grace))) }
    }
    containers[name] = view
  }

  /// The image is the one field of a container that may be changed in a pod there is; the container is made anew then.
  private func stopChangedContainers() {
    guard let spec = pod.spec, spec.restartPolicy != "Never" else { return }
    for container in spec.containers {
      guard let view = containers[container.name], view.isRunning, view.stop == nil, view.image != container.image ?? ""
      else { continue }
      stop(
        container.name, grace: TimeInterval(max(1, spec.terminationGracePeriodSeconds)),
        reason: "Container definition changed, will be restarted:")
    }
  }

  private func advanceStops() async -> Date? {
    var next: Date?
    for (name, view) in containers {
      guard view.isRunning, let attempt = view.attempt, var stop = view.stop else { continue }
      let (signals, again) = stop.advance(now: .now)
      containers[name]?.stop = stop
      let run = directory.container(name, attempt: attempt)
      if signals.contains(.terminate) { await context.runtime.terminate(run) }
      if signals.contains(.kill) { await context.runtime.kill(run) }
      if let again {
        let date = Date() + (again - .now) / .seconds(1)
        next = min(next ?? date, date)
      }
    }
    return next
  }

  private func runHook(_ handler: LifecycleHandler, of name: String, timeout: Duration) async {
    if let sleep = handler.sleep {
      try? await Task.sleep(for: min(.seconds(sleep.seconds), timeout))
    } else if let container = container(name), let run = containerDirectory(name, previous: false) {
      do {
        let target = try ProbeTarget(
          exec: handler.exec, http: handler.httpGet, tcp: handler.tcpSocket, container: container, podAddress: address)
        let result = await context.probes.perform(target, timeout: timeout, in: run)
        if !result.isSuccess {
          context.interface.event(pod, true, "FailedPreStopHook", "PreStopHook failed: \(result.message)")
        }
      } catch {
        context.interface.event(pod, true, "FailedPreStopHook", "PreStopHook failed: \(error.description)")
      }
    }
    containers[name]?.stop?.isHookRunning = false
    wakeup.signal()
  }

  func container(_ name: String) -> Container? {
    pod.spec?.containers.first { $0.name == name } ?? pod.spec?.initContainers?.first { $0.name == name }
  }

  func isInit(_ name: String) -> Bool { pod.spec?.initContainers?.contains { $0.name == name } == true }
}
