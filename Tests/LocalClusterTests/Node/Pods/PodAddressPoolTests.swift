import Testing

@testable import LocalCluster

@Suite("The addresses of a node's pods")
struct PodAddressPoolTests {
  @Test("leave out the first and last of the range, and those in use")
  func allocation() throws {
    var pool = try PodAddressPool(range: "127.64.1.0/29")
    pool.reserve("127.64.1.2")
    var given: [String] = []
    for _ in 0..<5 { given.append(try pool.allocate()) }
    #expect(given == ["127.64.1.1", "127.64.1.3", "127.64.1.4", "127.64.1.5", "127.64.1.6"])
    #expect(throws: PodAddressPool.Failure.exhausted("127.64.1.0/29")) { try pool.allocate() }
  }

  @Test("given back are the last to be given again")
  func reuse() throws {
    var pool = try PodAddressPool(range: "127.64.1.0/29")
    let first = try pool.allocate()
    pool.release(first)
    for _ in 0..<5 { #expect(try pool.allocate() != first) }
    #expect(try pool.allocate() == first)
  }

  @Test(
    "need a range",
    arguments: ["127.64.1.0", "127.64.1.0/33", "127.64.1/24", "127.64.1.300/24", "x/24", "127.64.1.0/4"])
  func malformed(range: String) {
    #expect(throws: PodAddressPool.Failure.malformedRange(range)) { try PodAddressPool(range: range) }
  }
}
