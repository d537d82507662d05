import Foundation
import Testing

@testable import ObjectStorage

@Suite("Rotating credentials", .timeLimit(.minutes(1)))
struct RotatingTests {
  private let start = ContinuousClock.now

  private enum Outcome: Equatable {
    case use(Int)
    case fail, fetch
  }

  private func outcome(_ state: RotationState<Int>, after seconds: Double) -> Outcome {
    switch state.decide(at: start + .seconds(seconds)) {
    case .use(let value): .use(value)
    case .fail: .fail
    case .fetch: .fetch
    }
  }

  @Test("what is valid for an hour is renewed in its last five minutes, what is valid shortly in its last fifth")
  func renewal() {
    var state = RotationState<Int>()
    #expect(outcome(state, after: 0) == .fetch)
    state.fetched(Issued(value: 1, expires: start + .seconds(3600)), at: start)
    #expect(outcome(state, after: 3299) == .use(1))
    #expect(outcome(state, after: 3300) == .fetch)
    state.fetched(Issued(value: 2, expires: start + .seconds(10)), at: start)
    #expect(outcome(state, after: 7.9) == .use(2))
    #expect(outcome(state, after: 8) == .fetch)
  }

  @Test(
    "while renewing fails, what is still valid is used; afterwards the failure is told, and asked again after a second")
  func failing() {
    var state = RotationState<Int>()
    state.fetched(Issued(value: 1, expires: start + .seconds(3600)), at: start)
    #expect(state.failed(ObjectStorageError.credentials(""), at: start + .seconds(3400)) == 1)
    #expect(outcome(state, after: 3400.5) == .use(1))
    #expect(outcome(state, after: 3401) == .fetch)
    #expect(state.failed(ObjectStorageError.credentials(""), at: start + .seconds(3600)) == nil)
    #expect(outcome(state, after: 3600.9) == .fail)
    #expect(outcome(state, after: 3601) == .fetch)
  }

  @Test("what the service did not accept is not used again")
  func discarded() {
    var state = RotationState<Int>()
    state.fetched(Issued(value: 1, expires: start + .seconds(3600)), at: start)
    state.discard()
    #expect(outcome(state, after: 1) == .fetch)
  }

  @Test("one task fetches for all; when it is cancelled another does")
  func singleFlight() async throws {
    let count = Counter()
    let gate = Slots(0)
    let rotating = Rotating {
      count.next()
      try await gate.acquire()
      return Issued(value: "token", expires: .now + .seconds(60))
    }
    let first = Task { try await rotating.value() }
    #expect(await eventually { count.value == 1 })
    let others = (0..<10).map { _ in Task { try await rotating.value() } }
    first.cancel()
    await #expect(throws: CancellationError.self) { try await first.value }
    #expect(await eventually { count.value == 2 })
    gate.release()
    for other in others { #expect(try await other.value == "token") }
    #expect(count.value == 2)
  }
}

@Suite("Token claims")
struct TokenClaimsTests {
  @Test("what is no token says nothing", arguments: ["", "a.b", "a.b.c", "e30.bm8.c2ln", "e30.W10.c2ln"])
  func broken(_ text: String) { #expect(TokenClaims(unverified: text) == nil) }

  @Test("issuer, subject and audience are read")
  func claims() {
    // {"iss":"i","sub":"s","aud":"a"}
    let claims = TokenClaims(unverified: "e30.eyJpc3MiOiJpIiwic3ViIjoicyIsImF1ZCI6ImEifQ.c2ln")
    #expect(claims?.text == #"issuer "i", subject "s", audience "a""#)
  }
}

@Suite("Access tokens")
struct AccessTokenAnswerTests {
  @Test(
    "the lifetime is a number or text, and never unbounded",
    arguments: [
      (#""expires_in":3599"#, 3599), (#""expires_in":"3599""#, 3599), (#""expires_in":"nan""#, 300),
      (#""expires_in":-5"#, 1), (#""expires_in":1e300"#, 604_800), (#""x":1"#, 300),
    ] as [(String, Int64)])
  func lifetime(_ field: String, _ seconds: Int64) throws {
    let answer = try JSONDecoder().decode(
      AccessTokenAnswer.self, from: Data(#"{"access_token":"a",\#(field)}"#.utf8))
    #expect(answer.lifetime == .seconds(seconds))
  }
}
