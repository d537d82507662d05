import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A disruption budget allows")
struct DisruptionBudgetTests {
  private func pods(_ ready: Int, of total: Int) -> [Pod] {
    (0..<total).map { index in
      var pod = Fixture.pod("p\(index)", on: "a")
      pod.status?.conditions = [.with { ($0.type, $0.status) = ("Ready", index < ready ? "True" : "False") }]
      return pod
    }
  }

  private func allowed(
    min: IntOrString? = nil, max: IntOrString? = nil, ready: Int, of total: Int, expected: Int? = nil
  )
    -> Int?
  {
    let spec = PodDisruptionBudgetSpec.with { ($0.minAvailable, $0.maxUnavailable) = (min, max) }
    return DisruptionBudget.numbers(of: spec, pods: pods(ready, of: total), expected: expected)?.disruptionsAllowed
  }

  @Test("what is healthy beyond minAvailable")
  func minAvailable() {
    #expect(allowed(min: .int(1), ready: 3, of: 3) == 2)
    #expect(allowed(min: .int(1), ready: 1, of: 1) == 0)
    #expect(allowed(min: .int(2), ready: 1, of: 3) == 0)
    #expect(allowed(min: .int(1), ready: 0, of: 0) == 0)
  }

  @Test("with percentages rounded up against the disruption")
  func percentages() {
    #expect(allowed(min: .string("50%"), ready: 3, of: 3, expected: 3) == 1)
    #expect(allowed(max: .string("34%"), ready: 3, of: 3, expected: 3) == 2)
    #expect(allowed(max: .int(1), ready: 2, of: 3, expected: 3) == 0)
    #expect(allowed(max: .int(1), ready: 3, of: 3, expected: 3) == 1)
  }

  @Test("nothing to say where the number it is relative to is not known")
  func unknown() {
    #expect(allowed(max: .int(1), ready: 3, of: 3) == nil)
    #expect(allowed(min: .string("half"), ready: 3, of: 3, expected: 3) == nil)
  }

  @Test("nothing strange for numbers beyond all measure")
  func extremes() {
    #expect(allowed(max: .int(.min), ready: 3, of: 3, expected: 3) == 0)
    #expect(allowed(max: .int(.max), ready: 3, of: 3, expected: 3) == 3)
    #expect(allowed(min: .int(.min), ready: 3, of: 3) == 3)
    #expect(allowed(min: .int(.max), ready: 3, of: 3) == 0)
    #expect(allowed(max: .string("1000000%"), ready: 3, of: 3, expected: .max / 1_000_000) == 3)
  }

  @Test("not counting pods whose eviction was granted already")
  func disrupted() {
    let numbers = DisruptionBudget.numbers(
      of: .with { $0.minAvailable = .int(2) }, pods: pods(3, of: 3), expected: nil, disrupted: ["p0"])
    #expect(numbers?.currentHealthy == 2)
    #expect(numbers?.disruptionsAllowed == 0)
  }
}
