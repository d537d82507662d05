import Testing

@testable import Instance

@Suite struct InstanceEnvironmentTests {
  private let complete = [
    "POD_NAME": "pg-1", "NAMESPACE": "db", "CLUSTER_NAME": "pg", "POD_IP": "127.64.1.2",
    "PGDATA": "/var/lib/postgresql/data/pgdata", "PATH": "/usr/lib/postgresql/15/bin",
  ]

  @Test(
    "each variable that is missing is named", arguments: ["POD_NAME", "NAMESPACE", "CLUSTER_NAME", "POD_IP", "PGDATA"])
  func missing(name: String) {
    var variables = complete
    variables[name] = nil
    #expect(throws: InstanceEnvironmentError.missing(name)) { try InstanceEnvironment(variables: variables) }
  }

  @Test("a port must be one", arguments: ["0", "65536", "x"])
  func port(text: String) {
    var variables = complete
    variables["PGPORT"] = text
    #expect(throws: InstanceEnvironmentError.malformed("PGPORT", text)) {
      try InstanceEnvironment(variables: variables)
    }
  }
}

@Suite struct WakeupTests {
  @Test func anEventBeforeTheSleepEndsItAtOnce() async {
    let wakeup = Wakeup()
    wakeup.signal()
    wakeup.signal()
    let start = ContinuousClock.now
    await wakeup.sleep(atMost: .seconds(60))
    #expect(ContinuousClock.now - start < .seconds(5))
    await wakeup.sleep(atMost: .milliseconds(10))
    #expect(ContinuousClock.now - start >= .milliseconds(10), "two events make one awakening")
  }

  @Test func anEventDuringTheSleepEndsIt() async {
    let wakeup = Wakeup()
    async let sleeping: Void = wakeup.sleep(atMost: .seconds(60))
    try? await Task.sleep(for: .milliseconds(20))
    wakeup.signal()
    await sleeping
  }

  @Test func cancellationEndsIt() async {
    let task = Task { await Wakeup().sleep(atMost: .seconds(60)) }
    try? await Task.sleep(for: .milliseconds(20))
    task.cancel()
    await task.value
  }
}
