import Testing

@testable import ObjectStorage

@Suite("Retry policy")
struct RetryPolicyTests {
  private let policy = RetryPolicy(first: .milliseconds(100), limit: .seconds(2), deadline: .seconds(30))

  @Test("waits double up to the limit, and any part of them is waited")
  func doubling() {
    #expect(
      (1...7).map { policy.pause(afterFailures: $0, random: 1) } == [
        .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800), .milliseconds(1600),
        .seconds(2),
        .seconds(2),
      ])
    #expect(policy.pause(afterFailures: 3, random: 0.5) == .milliseconds(200))
    #expect(policy.pause(afterFailures: 3, random: 0) == .zero)
    #expect(policy.pause(afterFailures: 1_000_000, random: 1) == .seconds(2))
  }

  @Test("a service that says when to come back is not asked sooner")
  func retryAfter() {
    #expect(policy.pause(afterFailures: 1, elapsed: .zero, retryAfter: .seconds(5), random: 1) == .seconds(5))
    #expect(policy.pause(afterFailures: 6, elapsed: .zero, retryAfter: .seconds(1), random: 1) == .seconds(2))
  }

  @Test("after the deadline nothing is tried again")
  func deadline() {
    #expect(policy.pause(afterFailures: 1, elapsed: .seconds(29), retryAfter: nil, random: 1) == .milliseconds(100))
    #expect(policy.pause(afterFailures: 1, elapsed: .seconds(30), retryAfter: nil, random: 0) == nil)
    #expect(policy.pause(afterFailures: 1, elapsed: .zero, retryAfter: .seconds(60), random: 0) == nil)
  }
}

@Suite("HTTP dates")
struct HTTPDateTests {
  @Test("the example of RFC 9110, both ways")
  func example() {
    #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
    #expect(HTTPDate.compact(784_111_777) == "19941106T084937Z")
    #expect(HTTPDate.parseISO("1994-11-06T08:49:37.123Z") == 784_111_777)
  }

  @Test(
    "what is no date is nil",
    arguments: ["", "yesterday", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 99 Nov 1994 08:49:37 GMT"])
  func broken(_ text: String) {
    #expect(HTTPDate.parse(text) == nil)
    #expect(HTTPDate.parseISO(text) == nil)
  }

  @Test("Retry-After is a number of seconds or a date")
  func retryAfter() {
    #expect(HTTPDate.retryAfter("7", now: 0) == .seconds(7))
    #expect(HTTPDate.retryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now: 784_111_770) == .seconds(7))
    #expect(HTTPDate.retryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now: 784_111_780) == .zero)
    #expect(HTTPDate.retryAfter("-3", now: 0) == .zero)
    #expect(HTTPDate.retryAfter("99999999", now: 0) == .seconds(3600))
    #expect(HTTPDate.retryAfter("soon", now: 0) == nil)
  }
}
