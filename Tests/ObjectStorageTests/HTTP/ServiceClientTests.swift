import NIOCore
import NIOHTTP1
import Testing

@testable import ObjectStorage

/// A service without a signature: what the shell does with answers, refusals and broken connections.
private struct Plain: ServiceDialect {
  var service: String { "the service" }
  func authorize(_ request: inout ServiceRequest) async throws {}
  func judge(_ answer: ServiceAnswer, to request: ServiceRequest) async -> Judgement {
    if RetryPolicy.isTransient(status: answer.status) { return .wait("status \(answer.status)") }
    let error = ObjectStorageError.failed(service: service, status: answer.status, text: String(buffer: answer.body))
    return answer.status == 401 ? .again(error) : .fail(error)
  }
}

@Suite("Service client", .timeLimit(.minutes(1)))
struct ServiceClientTests {
  private func exchange(
    limits: ServiceClient.Limits = impatient, _ handler: @escaping TestServer.Handler,
    _ body: (ServiceClient, ServiceRequest, TestServer) async throws -> Void
  ) async throws {
    try await TestServer.with(handler) { server in
      let client = try ServiceClient(variables: [:], limits: limits, logger: quiet)
      let result: Result<Void, any Error>
      do {
        result = .success(try await body(client, ServiceRequest(.GET, ServiceAddress(server.url), path: "/x"), server))
      } catch {
        result = .failure(error)
      }
      await client.shutdown()
      try result.get()
    }
  }

  @Test("a refusal of the moment is tried again", arguments: [408, 429, 500, 502, 503, 504])
  func transient(_ status: Int) async throws {
    let count = Counter()
    try await exchange { _ in
      count.next() < 4 ? .text(status, "busy") : .text(200, "fine")
    } _: { client, request, _ in
      let answer = try await client.send(request, as: Plain())
      #expect(String(buffer: answer.body) == "fine")
      #expect(count.value == 4)
    }
  }

  @Test("a refusal for good is not", arguments: [400, 403, 404, 409, 411, 501])
  func permanent(_ status: Int) async throws {
    let count = Counter()
    try await exchange { _ in
      count.next()
      return .text(status, "no")
    } _: { client, request, _ in
      await #expect(throws: ObjectStorageError.failed(service: "the service", status: status, text: "no")) {
        try await client.send(request, as: Plain())
      }
      #expect(count.value == 1)
    }
  }

  @Test("a new credential is tried once")
  func renewed() async throws {
    let count = Counter()
    try await exchange { _ in
      count.next()
      return .text(401, "who are you")
    } _: { client, request, _ in
      await #expect(throws: ObjectStorageError.failed(service: "the service", status: 401, text: "who are you")) {
        try await client.send(request, as: Plain())
      }
      #expect(count.value == 2)
    }
  }

  @Test("a connection that breaks or falls silent is noticed, and the request repeated")
  func broken() async throws {
    let count = Counter()
    let body = noise(100_000)
    try await exchange { _ in
      switch count.next() {
      case 1: .breakConnection
      case 2: .half(200, [], body, sent: 50_000)
      case 3: .silence
      case 4: .stuck(200, [], body, sent: 50_000)
      default: .answer(200, [], body)
      }
    } _: { client, request, _ in
      let answer = try await client.send(request, as: Plain())
      #expect(answer.body == body)
      #expect(count.value == 5)
    }
  }

  @Test("when the deadline has passed the error says what the last try met")
  func deadline() async throws {
    var limits = impatient
    limits.policy.deadline = .milliseconds(100)
    try await exchange(limits: limits) { _ in
      .text(503, "busy")
    } _: { client, request, _ in
      await #expect(throws: ObjectStorageError.unavailable(service: "the service", text: "status 503")) {
        try await client.send(request, as: Plain())
      }
    }
    let nobody = ServiceRequest(.GET, ServiceAddress(isSecure: false, host: "127.0.0.1", port: 1))
    let client = try ServiceClient(variables: [:], limits: limits, logger: quiet)
    let error = await #expect(throws: ObjectStorageError.self) { try await client.send(nobody, as: Plain()) }
    #expect(error?.isTransient == true)
    await client.shutdown()
  }

  @Test("Retry-After is waited for")
  func retryAfter() async throws {
    let count = Counter()
    try await exchange { _ in
      count.next() == 1 ? .text(503, "busy", [("Retry-After", "1")]) : .text(200, "fine")
    } _: { client, request, _ in
      let start = ContinuousClock.now
      _ = try await client.send(request, as: Plain())
      #expect(.now - start > .milliseconds(900))
    }
  }

  @Test("a caller who is cancelled waits no longer")
  func cancelled() async throws {
    try await exchange { _ in
      .text(503, "busy", [("Retry-After", "5")])
    } _: { client, request, server in
      let task = Task { try await client.send(request, as: Plain()) }
      #expect(await eventually { !server.requests.isEmpty })
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test("an answer that is too large is an error, and of an error's body only the beginning is read")
  func sizes() async throws {
    try await exchange { request in
      request.path == "/x"
        ? .answer(200, [], noise(5000)) : .answer(400, [], ByteBuffer(repeating: 65, count: 10 << 20))
    } _: { client, request, _ in
      await #expect(throws: ObjectStorageError.self) { try await client.send(request, as: Plain(), limit: 4999) }
      let other = ServiceRequest(.GET, request.address, path: "/y")
      let error = await #expect(throws: ObjectStorageError.self) { try await client.send(other, as: Plain()) }
      guard case .failed(_, 400, let text) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(text.utf8.count < 1 << 20)
    }
  }

  @Test("large bodies arrive whole, over one connection that stays open")
  func bodies() async throws {
    try await exchange { request in
      .text(200, request.body.md5.hexadecimal)
    } _: { client, request, server in
      for size in [0, 1, 256 << 10, 256 << 10 | 1, 9_999_999] {
        var put = request
        put.method = .PUT
        put.body = noise(size)
        let answer = try await client.send(put, as: Plain())
        #expect(String(buffer: answer.body) == noise(size).md5.hexadecimal)
        #expect(server.requests.last?.header("Content-Length") == String(size))
        #expect(server.requests.last?.header("Transfer-Encoding") == nil)
      }
    }
  }

  @Test("certificates: what the system does not trust is refused with a remedy, a given authority is trusted")
  func certificates() async throws {
    let authority = try TestAuthority()
    let server = try await TestServer.start(tls: authority.serverConfiguration()) { _ in .text(200, "fine") }
    let request = ServiceRequest(.GET, try ServiceAddress(server.url))
    let stranger = try ServiceClient(variables: [:], limits: impatient, logger: quiet)
    let error = await #expect(throws: ObjectStorageError.self) { try await stranger.send(request, as: Plain()) }
    #expect(error.map { "\($0)" }?.contains("endpointCA") == true)
    #expect(error?.isTransient == false)
    await stranger.shutdown()
    let friend = try ServiceClient(authorities: authority.pem, variables: [:], limits: impatient, logger: quiet)
    #expect(try await friend.send(request, as: Plain()).status == 200)
    await friend.shutdown()
    let byVariable = try ServiceClient(
      variables: ["SSL_CERT_FILE": authority.file], limits: impatient, logger: quiet)
    #expect(try await byVariable.send(request, as: Plain()).status == 200)
    await byVariable.shutdown()
    try await server.stop()
    #expect(throws: ObjectStorageError.self) { try ServiceClient(authorities: "no", variables: [:], logger: quiet) }
  }

  @Test("a host is reached through the proxy of the environment, by CONNECT")
  func proxy() async throws {
    let authority = try TestAuthority()
    let server = try await TestServer.start(tls: authority.serverConfiguration(name: "account.blob.test")) { _ in
      .text(200, "fine")
    }
    let proxy = try await TestProxy.start(target: server.port)
    let client = try ServiceClient(
      authorities: authority.pem, variables: ["HTTPS_PROXY": "http://me:pw@127.0.0.1:\(proxy.port)"], limits: impatient,
      logger: quiet)
    let request = ServiceRequest(.GET, try ServiceAddress("https://account.blob.test"))
    #expect(try await client.send(request, as: Plain()).status == 200)
    #expect(proxy.connects == ["account.blob.test:443 Basic bWU6cHc="])
    await client.shutdown()
    try await proxy.stop()
    try await server.stop()
  }
}
