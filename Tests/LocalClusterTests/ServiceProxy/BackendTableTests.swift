import Testing

@testable import LocalCluster

@Suite("A service's backends")
struct BackendTableTests {
  private let backends = (1...3).map { Backend(address: "127.64.1.\($0)", port: 5432) }

  private func table(affinity: Duration? = nil, ranges: [SourceRange]? = nil) -> BackendTable {
    BackendTable(
      rules: ForwardingRules(ready: backends, known: Set(backends), sourceRanges: ranges, affinity: affinity))
  }

  @Test("take turns, and each connection has the others to fall back to")
  func roundRobin() {
    var table = table()
    let first = (0..<4).map { _ in table.candidates(for: "127.0.0.1", now: .now) }
    #expect(first.map { $0.first } == [backends[0], backends[1], backends[2], backends[0]])
    #expect(first[1] == [backends[1], backends[2], backends[0]])
  }

  @Test("stay with a client where the service asks for it, until it runs out or the backend leaves")
  func affinity() {
    var table = table(affinity: .seconds(60))
    let start = ContinuousClock.now
    #expect(table.candidates(for: "127.0.0.1", now: start).first == backends[0])
    #expect(table.candidates(for: "127.0.0.2", now: start).first == backends[1])
    #expect(table.candidates(for: "127.0.0.1", now: start + .seconds(59)).first == backends[0])
    #expect(table.candidates(for: "127.0.0.1", now: start + .seconds(200)).first == backends[2])
    table.update(ForwardingRules(ready: [backends[1]], known: [backends[1]], affinity: .seconds(60)))
    #expect(table.candidates(for: "127.0.0.1", now: start + .seconds(201)).first == backends[1])
  }

  @Test("get nobody where none is ready")
  func none() {
    var table = BackendTable(rules: ForwardingRules(ready: [], known: Set(backends)))
    #expect(table.candidates(for: "127.0.0.1", now: .now) == [])
  }

  @Test(
    "let in whom the source ranges name",
    arguments: [
      ("127.0.0.9/32", "127.0.0.9", true), ("127.0.0.9/32", "127.0.0.8", false), ("10.1.0.0/15", "10.1.255.3", true),
      ("10.1.0.0/17", "10.1.128.0", false), ("0.0.0.0/0", "192.0.2.1", true), ("::/0", "192.0.2.1", false),
      ("fd00::/8", "fd12::1", true),
    ])
  func ranges(range: String, source: String, isIn: Bool) throws {
    #expect(table(ranges: [try #require(SourceRange(range))]).admits(source) == isIn)
  }

  @Test(
    "are guarded against what is no range", arguments: ["127.0.0.1", "127.0.0.1/33", "here/8", "/8", "127.0.0.1/-1"])
  func noRange(text: String) { #expect(SourceRange(text) == nil) }

  @Test("let nobody in where there are only unreadable ranges")
  func empty() { #expect(!table(ranges: []).admits("127.0.0.1")) }
}
