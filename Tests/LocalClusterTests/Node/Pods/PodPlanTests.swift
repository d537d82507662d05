import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("The next steps of a pod")
struct PodPlanTests {
  let now = Date(timeIntervalSince1970: 1_000_000)

  private func pod(
    containers: [String] = ["postgres"], initContainers: [String] = [], sidecars: [String] = [],
    policy: String = "Always"
  ) -> Pod {
    Pod.named("demo-1", in: "demo") {
      $0.spec = .with {
        $0.restartPolicy = policy
        $0.containers = containers.map { name in .with { $0.name = name } }
        let sidecars = sidecars.map { name in
          Container.with {
            $0.name = name
            $0.restartPolicy = "Always"
          }
        }
        $0.initContainers = initContainers.map { name in .with { $0.name = name } } + sidecars
      }
    }
  }

  private func running(started: Bool = true) -> ContainerView {
    var view = ContainerView()
    view.attempt = 0
    view.phase = .running(since: now)
    view.isStarted = started
    return view
  }

  private func exited(_ code: Int, attempt: Int = 0, ago: TimeInterval = 1) -> ContainerView {
    var view = ContainerView()
    view.attempt = attempt
    view.phase = .exited(
      ContainerExit(
        exitCode: code, signal: nil, reason: code == 0 ? "Completed" : "Error", message: nil, startedAt: now - ago - 1,
        finishedAt: now - ago, containerID: nil))
    return view
  }

  private func plan(_ pod: Pod, _ containers: [String: ContainerView], intent: PodPlan.Intent = .run) -> PodPlan {
    PodPlan(pod, intent: intent, containers: containers, now: now)
  }

  @Test("start all containers of a new pod")
  func new() {
    #expect(plan(pod(containers: ["a", "b"]), [:]).steps == [.start("a"), .start("b")])
  }

  @Test("run the init containers one after the other first")
  func initContainers() {
    let pod = pod(initContainers: ["one", "two"])
    #expect(plan(pod, [:]).steps == [.start("one")])
    #expect(plan(pod, ["one": running()]).steps.isEmpty)
    #expect(plan(pod, ["one": exited(0)]).steps == [.start("two")])
    #expect(plan(pod, ["one": exited(0), "two": exited(0)]).steps == [.start("postgres")])
  }

  @Test("do not go back to the init containers once the others have begun")
  func begun() {
    #expect(plan(pod(initContainers: ["one"]), ["postgres": exited(1)]).steps == [.start("postgres")])
  }

  @Test("wait for a sidecar to have started, then keep it running beside the others")
  func sidecars() {
    let pod = pod(sidecars: ["side"])
    #expect(plan(pod, [:]).steps == [.start("side")])
    #expect(plan(pod, ["side": running(started: false)]).steps.isEmpty)
    #expect(plan(pod, ["side": running()]).steps == [.start("postgres")])
    #expect(plan(pod, ["side": exited(0), "postgres": running()]).steps == [.start("side")])
  }

  @Test(
    "start an ended container again as the restart policy says",
    arguments: [
      ("Always", 0, true), ("Always", 1, true), ("OnFailure", 0, false), ("OnFailure", 1, true), ("Never", 1, false),
    ])
  func restart(policy: String, code: Int, restarts: Bool) {
    #expect(plan(pod(policy: policy), ["postgres": exited(code)]).steps == (restarts ? [.start("postgres")] : []))
  }

  @Test("wait a moment when they have just ended")
  func pause() {
    let plan = plan(pod(), ["postgres": exited(1, ago: 0.1)])
    #expect(plan.steps.isEmpty)
    #expect(plan.next == now - 0.1 + PodPlan.restartPause)
    #expect(self.plan(pod(), ["postgres": exited(1, ago: PodPlan.restartPause)]).steps == [.start("postgres")])
  }

  @Test("wait out the back-off")
  func backoff() {
    var view = exited(1, attempt: 1, ago: 4)
    view.backoff.noteRestart(after: now - 20)
    let plan = plan(pod(), ["postgres": view])
    #expect(plan.steps.isEmpty)
    #expect(plan.next == now + 6)
  }

  @Test("wait before an obstacle is tried again")
  func obstacle() {
    var view = ContainerView()
    view.phase = .waiting(.init(reason: "ErrImagePull", message: "", retryAt: now + 10))
    #expect(plan(pod(), ["postgres": view]).steps.isEmpty)
    #expect(plan(pod(), ["postgres": view]).next == now + 10)
    view.phase = .waiting(.init(reason: "ErrImagePull", message: "", retryAt: now))
    #expect(plan(pod(), ["postgres": view]).steps == [.start("postgres")])
  }

  @Test("end the containers of a pod that goes away, sidecars last, and then it")
  func stop() {
    let pod = pod(containers: ["a", "b"], sidecars: ["one", "two"])
    var views = ["a": running(), "b": running(), "one": running(), "two": running()]
    #expect(plan(pod, views, intent: .stop(grace: 30)).steps == [.stop("a", grace: 30), .stop("b", grace: 30)])
    views["a"] = exited(0)
    views["b"] = exited(143)
    #expect(plan(pod, views, intent: .stop(grace: 30)).steps == [.stop("two", grace: 30)])
    views["two"] = exited(0)
    #expect(plan(pod, views, intent: .stop(grace: 30)).steps == [.stop("one", grace: 30)])
    views["one"] = exited(0)
    #expect(plan(pod, views, intent: .stop(grace: 30)).steps == [.finish])
  }

  @Test("are none for a pod that has succeeded or failed, whatever its directories say")
  func final() {
    var pod = pod(policy: "Never")
    pod.status = .with { $0.phase = "Succeeded" }
    #expect(plan(pod, [:]).steps.isEmpty)
  }

  @Test("end a pod that is over its active deadline, and keep its object")
  func deadline() {
    var pod = pod()
    pod.spec?.activeDeadlineSeconds = 60
    pod.status = .with { $0.startTime = Timestamps.text(now - 30) }
    #expect(plan(pod, ["postgres": running()]).next == now + 30)
    pod.status = .with { $0.startTime = Timestamps.text(now - 60) }
    #expect(plan(pod, ["postgres": running()]).steps == [.stop("postgres", grace: 30)])
    #expect(plan(pod, ["postgres": exited(143)]).steps.isEmpty)
    #expect(PodPhase.of(pod, containers: ["postgres": exited(143)], now: now) == .failed)
  }

  @Test(
    "follow from its phase",
    arguments: [
      ("Always", [0], PodPhase.running), ("OnFailure", [0], .succeeded), ("OnFailure", [1], .running),
      ("Never", [0, 1], .failed), ("Never", [0, 0], .succeeded),
    ] as [(String, [Int], PodPhase)])
  func phase(policy: String, codes: [Int], expected: PodPhase) {
    let names = codes.indices.map { "c\($0)" }
    let views = Dictionary(uniqueKeysWithValues: zip(names, codes.map { exited($0) }))
    #expect(PodPhase.of(pod(containers: names, policy: policy), containers: views, now: now) == expected)
  }

  @Test("leave a pod pending until every container has been started")
  func pending() {
    let pod = pod(containers: ["a", "b"], initContainers: ["one"], policy: "Never")
    #expect(PodPhase.of(pod, containers: [:], now: now) == .pending)
    #expect(PodPhase.of(pod, containers: ["one": exited(0), "a": running()], now: now) == .pending)
    #expect(PodPhase.of(pod, containers: ["one": exited(0), "a": running(), "b": running()], now: now) == .running)
    #expect(PodPhase.of(pod, containers: ["one": exited(1)], now: now) == .failed)
  }
}

@Suite("The end of a container")
struct ContainerStopTests {
  let now = ContinuousClock.now

  @Test("is SIGTERM once, SIGKILL at the deadline once")
  func signals() {
    var stop = ContainerStop(deadline: now + .seconds(30), isHookRunning: false)
    #expect(stop.advance(now: now).signals == .terminate)
    #expect(stop.advance(now: now + .seconds(1)) == ([], now + .seconds(30)))
    #expect(stop.advance(now: now + .seconds(30)).signals == .kill)
    #expect(stop.advance(now: now + .seconds(31)).signals == [])
  }

  @Test("waits for its hook, but not beyond the deadline")
  func hook() {
    var stop = ContainerStop(deadline: now + .seconds(30), isHookRunning: true)
    #expect(stop.advance(now: now).signals == [])
    stop.isHookRunning = false
    #expect(stop.advance(now: now + .seconds(5)).signals == .terminate)
    var stuck = ContainerStop(deadline: now + .seconds(30), isHookRunning: true)
    #expect(stuck.advance(now: now + .seconds(30)).signals == .kill)
  }
}
