import Logging
import ServiceLifecycle
import Testing

@testable import Web

@Suite("HTTPServer at a graceful shutdown")
struct GracefulShutdownTests {
  private func shutDown(
    grace: Duration, handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse,
    _ body: @escaping @Sendable (HTTPServer, ServiceGroup) async throws -> Void
  ) async throws {
    var limits = ServerLimits()
    limits.shutdownGrace = grace
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let server = HTTPServer(
      address: "127.0.0.1", port: 0, limits: limits, logger: logger, handler: handler)
    try await server.listen()
    let services = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: logger))
    try await within {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await services.run() }
        group.addTask { try await body(server, services) }
        try await group.waitForAll()
      }
    }
  }

  @Test("a running request finishes, idle connections close, new ones are refused", .timeLimit(.minutes(1)))
  func finishes() async throws {
    let (started, start) = AsyncStream.makeStream(of: Void.self)
    let (released, release) = AsyncStream.makeStream(of: Void.self)
    try await shutDown(grace: .seconds(10)) { request in
      guard request.path == "/slow" else { return .text("idle") }
      start.yield()
      for await _ in released { break }
      return .text("finished")
    } _: { server, services in
      let port = server.boundPort!
      try await RawClient.with(port: port) { idle in
        try await idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await idle.read(upTo: "idle")
        try await RawClient.with(port: port) { busy in
          try await busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
          for await _ in started { break }
          await services.triggerGracefulShutdown()
          #expect(try await idle.readToEnd() == [])
          // A program that another test starts at this moment may hold the listening socket until it has begun.
          while (try? await RawClient.with(port: port) { _ in }) != nil { try await Task.sleep(for: .milliseconds(20)) }
          release.yield()
          let answer = String(decoding: try await busy.readToEnd(), as: UTF8.self)
          #expect(answer.contains("connection: close") && answer.hasSuffix("finished"))
        }
      }
    }
  }

  @Test("what does not end within the grace period is cut", .timeLimit(.minutes(1)))
  func cut() async throws {
    let (started, start) = AsyncStream.makeStream(of: Void.self)
    try await shutDown(grace: .milliseconds(200)) { _ in
      HTTPResponse(
        body: .stream {
          try await $0.write("x")
          start.yield()
          try await Task.sleep(for: .seconds(60))
        })
    } _: { server, services in
      try await RawClient.with(port: server.boundPort!) { client in
        try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for await _ in started { break }
        await services.triggerGracefulShutdown()
        _ = try await client.readToEnd()
      }
    }
  }

  @Test("connections that come while the server ends are closed", .timeLimit(.minutes(1)))
  func race() async throws {
    for _ in 0..<30 {
      let port = try await withServer { _ in
        .text("x")
      } _: { server in
        let port = server.boundPort!
        for _ in 0..<20 {
          Task { try? await RawClient.with(port: port) { _ = try await $0.readToEnd() } }
        }
        await Task.yield()
        return port
      }
      // `withServer` has returned, so nobody listens there any more and nobody was forgotten.
      try await within { while (try? await RawClient.with(port: port) { _ in }) != nil { await Task.yield() } }
    }
  }

  @Test("a server that listened and never ran gives its address back", .timeLimit(.minutes(1)))
  func neverRan() async throws {
    var server: HTTPServer? = HTTPServer(address: "127.0.0.1", port: 0, logger: Logger(label: "x")) { _ in .text("") }
    try await server?.listen()
    let port = try #require(server?.boundPort)
    server = nil
    try await within { while (try? await RawClient.with(port: port) { _ in }) != nil { await Task.yield() } }
  }
}
