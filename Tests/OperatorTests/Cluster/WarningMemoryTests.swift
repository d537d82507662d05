import Kubernetes
import Testing

@testable import Operator

@Suite("A warning")
struct WarningMemoryTests {
  private let key = ObjectKey("demo", in: "demo")
  private let one = ClusterWarning(reason: "One", message: "1")
  private let two = ClusterWarning(reason: "Two", message: "2")

  @Test("is said when it begins to hold, not again while it holds, and again once it has ceased")
  func once() {
    let memory = WarningMemory()
    #expect(memory.begun([one], of: key, topic: "plan") == [one])
    #expect(memory.begun([two, one, two], of: key, topic: "plan") == [two])
    #expect(memory.begun([], of: key, topic: "plan") == [])
    #expect(memory.begun([one], of: key, topic: "plan") == [one])
  }

  @Test("is remembered by Cluster and by topic, and forgotten with the Cluster")
  func topics() {
    let memory = WarningMemory()
    #expect(memory.begun([one], of: key, topic: "plan") == [one])
    #expect(memory.begun([one], of: key, topic: "objects") == [one])
    #expect(memory.begun([one], of: ObjectKey("other", in: "demo"), topic: "plan") == [one])
    #expect(memory.begun([one], of: key, topic: "plan") == [])
    memory.forget(key)
    #expect(memory.begun([one], of: key, topic: "plan") == [one])
  }
}
