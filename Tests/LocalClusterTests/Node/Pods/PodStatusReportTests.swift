import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A pod's status")
struct PodStatusReportTests {
  let now = Date(timeIntervalSince1970: 1_000_000)

  private func pod(_ fill: (inout Pod) -> Void = { _ in }) -> Pod {
    var pod = Pod.named("demo-1", in: "demo") {
      $0.metadata.uid = "u"
      $0.spec = .with {
        $0.containers = [
          .with {
            $0.name = "postgres"
            $0.image = "postgres:15"
          }
        ]
      }
    }
    fill(&pod)
    return pod
  }

  private func view(_ phase: ContainerView.Phase, ready: Bool = false, attempt: Int? = 0) -> ContainerView {
    var view = ContainerView()
    view.phase = phase
    view.attempt = attempt
    view.isReady = ready
    view.isStarted = ready
    view.containerID = "abc"
    view.image = "postgres:15"
    view.imageID = "local://postgresql/15"
    return view
  }

  private func exit(_ code: Int) -> ContainerExit {
    ContainerExit(
      exitCode: code, signal: nil, reason: code == 0 ? "Completed" : "Error", message: "why", startedAt: now - 60,
      finishedAt: now - 1, containerID: "old")
  }

  private func status(_ pod: Pod, _ containers: [String: ContainerView], hasEnded: Bool = false) -> PodStatus {
    PodStatusReport(
      pod: pod, containers: containers, podAddress: "127.64.1.5", hostAddress: "127.64.0.11", startTime: now, now: now,
      hasEnded: hasEnded
    ).status()
  }

  private func condition(_ status: PodStatus, _ type: String) -> PodCondition? {
    status.conditions?.first { $0.type == type }
  }

  @Test("of a new pod is pending, with its address")
  func new() {
    let status = status(pod(), [:])
    #expect(status.phase == "Pending")
    #expect(status.podIP == "127.64.1.5")
    #expect(status.hostIP == "127.64.0.11")
    #expect(status.qosClass == "BestEffort")
    #expect(status.containerStatuses?.first?.state?.waiting?.reason == "ContainerCreating")
    #expect(condition(status, "Initialized")?.status == "True")
    #expect(condition(status, "Ready")?.status == "False")
    #expect(condition(status, "Ready")?.message == "containers with unready status: [postgres]")
  }

  @Test("of a running, ready pod")
  func ready() {
    let status = status(pod(), ["postgres": view(.running(since: now), ready: true)])
    #expect(status.phase == "Running")
    let container = status.containerStatuses?.first
    #expect(container?.ready == true)
    #expect(container?.started == true)
    #expect(container?.containerID == "bubblewrap://abc")
    #expect(container?.imageID == "local://postgresql/15")
    #expect(container?.restartCount == 0)
    #expect(container?.state?.running?.startedAt == Timestamps.text(now))
    #expect(condition(status, "Ready")?.status == "True")
    #expect(condition(status, "ContainersReady")?.status == "True")
  }

  @Test("says CrashLoopBackOff while a restart is waited for, and how the last run ended")
  func crashLoop() {
    var crashing = view(.exited(exit(3)), attempt: 2)
    crashing.backoff.noteRestart(after: now - 100)
    let container = status(pod(), ["postgres": crashing]).containerStatuses?.first
    #expect(container?.state?.waiting?.reason == "CrashLoopBackOff")
    #expect(
      container?.state?.waiting?.message == "back-off 10s restarting failed container=postgres pod=demo-1_demo(u)")
    #expect(container?.lastState?.terminated?.exitCode == 3)
    #expect(container?.lastState?.terminated?.containerID == "bubblewrap://old")
    #expect(container?.restartCount == 2)
  }

  @Test("names what stands in the way of a start")
  func obstacle() {
    let waiting = view(.waiting(.init(reason: "ErrImagePull", message: "no such", retryAt: now)), attempt: nil)
    let state = status(pod(), ["postgres": waiting]).containerStatuses?.first?.state
    #expect(state?.waiting?.reason == "ErrImagePull")
    #expect(state?.waiting?.message == "no such")
  }

  @Test("says PodInitializing until the init containers have succeeded")
  func initializing() {
    let pod = pod { $0.spec?.initContainers = [.with { $0.name = "one" }] }
    let before = status(pod, ["one": view(.running(since: now))])
    #expect(before.phase == "Pending")
    #expect(before.containerStatuses?.first?.state?.waiting?.reason == "PodInitializing")
    #expect(before.initContainerStatuses?.first?.ready == false)
    #expect(condition(before, "Initialized")?.status == "False")
    let after = status(pod, ["one": view(.exited(exit(0))), "postgres": view(.running(since: now), ready: true)])
    #expect(after.initContainerStatuses?.first?.ready == true)
    #expect(condition(after, "Initialized")?.status == "True")
  }

  @Test("is not ready before its readiness gates")
  func gates() {
    let ready = ["postgres": view(.running(since: now), ready: true)]
    var pod = pod { $0.spec?.readinessGates = [.with { $0.conditionType = "x/y" }] }
    #expect(condition(status(pod, ready), "Ready")?.reason == "ReadinessGatesNotReady")
    #expect(condition(status(pod, ready), "ContainersReady")?.status == "True")
    pod.status = .with {
      $0.conditions = [
        .with {
          $0.type = "x/y"
          $0.status = "True"
        }
      ]
    }
    #expect(condition(status(pod, ready), "Ready")?.status == "True")
  }

  @Test("keeps the time of the last change of a condition")
  func transitions() {
    let pod = pod {
      $0.status = .with {
        $0.conditions = [
          .with {
            $0.type = "Ready"
            $0.status = "True"
            $0.lastTransitionTime = "2020-01-01T00:00:00Z"
          },
          .with {
            $0.type = "ContainersReady"
            $0.status = "False"
            $0.lastTransitionTime = "2020-01-01T00:00:00Z"
          },
        ]
      }
    }
    let status = status(pod, ["postgres": view(.running(since: now), ready: true)])
    #expect(condition(status, "Ready")?.lastTransitionTime == "2020-01-01T00:00:00Z")
    #expect(condition(status, "ContainersReady")?.lastTransitionTime == Timestamps.text(now))
  }

  @Test("of a pod that was told to end is final")
  func ended() {
    #expect(status(pod(), ["postgres": view(.exited(exit(0)))], hasEnded: true).phase == "Succeeded")
    let failed = status(pod(), ["postgres": view(.exited(exit(137)))], hasEnded: true)
    #expect(failed.phase == "Failed")
    #expect(failed.containerStatuses?.first?.state?.terminated?.exitCode == 137)
    #expect(condition(failed, "Ready")?.reason == "PodFailed")
  }

  @Test("is sent as a patch that clears what is no longer there and names the pod's uid")
  func patch() throws {
    let status = status(pod(), ["postgres": view(.running(since: now), ready: true)])
    let patch = try StatusReporter.patch(status, for: pod())
    #expect(patch[path: ["metadata", "uid"]] == "u")
    #expect(patch[path: ["status", "reason"]] == .some(.null))
    let conditions = try #require(patch[path: ["status", "conditions"]]?.arrayValue)
    #expect(conditions.allSatisfy { $0["reason"] == .some(.null) && $0["message"] == .some(.null) })
    #expect(!conditions.contains { $0["type"] == "PodScheduled" })
  }
}

@Suite("The quality of service class")
struct QualityOfServiceTests {
  private func spec(limits: [String: Quantity]?, requests: [String: Quantity]?) -> PodSpec {
    .with {
      $0.containers = [
        .with {
          $0.name = "c"
          $0.resources = .with {
            $0.limits = limits
            $0.requests = requests
          }
        }
      ]
    }
  }

  @Test("is Guaranteed where every limit is requested")
  func guaranteed() {
    let all = ["cpu": Quantity(2), "memory": Quantity(8)]
    #expect(QualityOfService.of(spec(limits: all, requests: all)) == .guaranteed)
    #expect(QualityOfService.of(spec(limits: all, requests: nil)) == .guaranteed)
  }

  @Test("is Burstable where something is asked for, BestEffort where nothing is")
  func others() {
    #expect(QualityOfService.of(spec(limits: nil, requests: ["cpu": Quantity(1)])) == .burstable)
    #expect(QualityOfService.of(spec(limits: ["cpu": Quantity(1)], requests: nil)) == .burstable)
    #expect(QualityOfService.of(spec(limits: nil, requests: nil)) == .bestEffort)
    #expect(QualityOfService.of(spec(limits: nil, requests: ["cpu": Quantity(0)])) == .bestEffort)
  }
}

@Suite("Fields without effect")
struct UnsupportedFieldsTests {
  @Test("are named by their paths")
  func paths() {
    let spec = PodSpec.with {
      $0.hostPID = true
      $0.containers = [
        .with {
          $0.name = "c"
          $0.ports = [
            .with { $0.containerPort = 1 },
            .with {
              $0.containerPort = 2
              $0.hostPort = 2
            },
          ]
          $0.securityContext = .with { $0.privileged = true }
          $0.livenessProbe = .with { $0.grpc = .with { $0.port = 1 } }
        }
      ]
    }
    #expect(
      UnsupportedFields.ignored(in: spec) == [
        "spec.hostPID", "spec.containers[0].ports[1].hostPort", "spec.containers[0].securityContext.privileged",
        "spec.containers[0].livenessProbe.grpc",
      ])
  }

  @Test("are none in an ordinary pod")
  func none() {
    #expect(UnsupportedFields.ignored(in: .with { $0.containers = [.with { $0.name = "c" }] }).isEmpty)
  }
}
