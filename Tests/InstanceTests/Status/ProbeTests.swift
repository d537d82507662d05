import ClusterAPI
import Kubernetes
import Testing

@testable import Instance

@Suite struct ProbeTests {
  @Test(
    "nothing that takes its time counts against the startup probe",
    arguments: [
      Activity.waiting("x"), .initializing, .cloning, .rewinding, .starting, .stopping, .fenced,
    ])
  func startup(activity: Activity) {
    let question = Probe.startup.question(activity, spec: nil)
    guard case .answer(.success) = question else {
      Issue.record("\(question)")
      return
    }
  }

  @Test("nor does the liveness probe restart an instance", arguments: [Activity.waiting("x"), .running, .fenced])
  func liveness(activity: Activity) {
    #expect(Probe.liveness.question(activity, spec: nil) == .answer(.success("OK")))
  }

  @Test func readinessNeedsAServerThatAccepts() {
    #expect(Probe.readiness.question(.running, spec: nil) == .isReady(orRejects: false))
    #expect(Probe.startup.question(.running, spec: nil) == .isReady(orRejects: true))
    #expect(Probe.readiness.question(.cloning, spec: nil) == .answer(.failure("instance is not ready yet")))
    #expect(Probe.readiness.question(.fenced, spec: nil) == .answer(.failure("instance is not ready yet")))
  }

  @Test func theSpecCanAskForMore() throws {
    let spec = ProbesConfiguration.with {
      $0.readiness = .with {
        $0.type = .streaming
        $0.maximumLag = try? Quantity(parsing: "16Mi")
      }
      $0.startup = .with { $0.type = .query }
    }
    #expect(Probe.readiness.question(.running, spec: spec) == .streaming(maximumLag: 16 << 20))
    #expect(Probe.startup.question(.running, spec: spec) == .query)
  }
}
