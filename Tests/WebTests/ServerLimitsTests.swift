import Logging
import NIOCore
import Testing

@testable import Web

@Suite("ServerLimits")
struct ServerLimitsTests {
  private func answer(
    to request: String, limits: ServerLimits = ServerLimits(),
    handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse = { _ in .text("handled") }
  ) async throws -> String {
    try await withServer(limits: limits, handler: handler) { server in
      try await RawClient.with(port: server.boundPort!) { client in
        // A server that is quick to refuse may have closed before all was sent.
        try? await client.send(request)
        return String(decoding: try await client.readToEnd(), as: UTF8.self)
      }
    }
  }

  @Test("a traversal is refused before any handler sees it")
  func traversal() async throws {
    for path in ["/../etc/passwd", "/a/%2e%2e/b", "/a%2fb"] {
      let answer = try await answer(to: "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 400 "))
      #expect(!answer.contains("handled"))
    }
  }

  @Test(
    "what is not HTTP is answered 400 and ends the connection", arguments: ["hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"])
  func garbage(text: String) async throws {
    let answer = try await answer(to: text)
    #expect(answer.hasPrefix("HTTP/1.1 400 ") || answer.hasPrefix("HTTP/1.1 505 "), "\(answer)")
  }

  @Test("both lengths at once, the door to request smuggling, are refused")
  func smuggling() async throws {
    let answer = try await answer(
      to: "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
  }

  @Test("a request without Host is refused")
  func host() async throws {
    #expect(try await answer(to: "GET / HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 400 "))
  }

  @Test("a header too large is answered 431")
  func largeHeader() async throws {
    var limits = ServerLimits()
    limits.headerBytes = 1000
    let one = "GET / HTTP/1.1\r\nHost: x\r\nA: \(String(repeating: "a", count: 2000))\r\n\r\n"
    #expect(try await answer(to: one, limits: limits).hasPrefix("HTTP/1.1 431 "))
    let many =
      "GET / HTTP/1.1\r\nHost: x\r\n" + String(repeating: "A: aaaaaaaaaaaaaaaaaaaaaaaa\r\n", count: 100) + "\r\n"
    let answer = try await answer(to: many, limits: limits)
    #expect(answer.hasPrefix("HTTP/1.1 431 "), "\(answer)")
  }

  @Test("a body announced too large is answered 413 without a handler")
  func announcedBody() async throws {
    var limits = ServerLimits()
    limits.bodyBytes = 10
    let answer = try await answer(
      to: "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n01234567890", limits: limits)
    #expect(answer.hasPrefix("HTTP/1.1 413 "))
    #expect(!answer.contains("handled"))
  }

  @Test("a chunked body too large ends in an error for the handler")
  func chunkedBody() async throws {
    let answer = try await answer(
      to:
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n01234\r\n0\r\n\r\n"
    ) { request in
      do { return .text("\(try await request.collectBody(upTo: 8))") } catch {
        return .text("\(error)", status: error as? RequestBodyError == .tooLarge(limit: 8) ? 413 : 500)
      }
    }
    #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
  }

  @Test("a client that is slow with its header is cut off", .timeLimit(.minutes(1)))
  func slowHeader() async throws {
    var limits = ServerLimits()
    limits.headerTimeout = .milliseconds(300)
    #expect(try await answer(to: "GET / HTTP/1.1\r\nHost:", limits: limits) == "")
    #expect(try await answer(to: "", limits: limits) == "")
  }

  @Test("a client that is slow with its body is cut off, and the handler is cancelled", .timeLimit(.minutes(1)))
  func slowBody() async throws {
    var limits = ServerLimits()
    limits.bodyTimeout = .milliseconds(300)
    let failed = Counter()
    _ = try await answer(to: "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123", limits: limits) { request in
      do { return .text("\(try await request.collectBody(upTo: 100))") } catch {
        failed.add(1)
        return .text("late")
      }
    }
    #expect(failed.value == 1)
  }

  @Test("a slow handler is no slow client", .timeLimit(.minutes(1)))
  func slowHandler() async throws {
    var limits = ServerLimits()
    limits.idleTimeout = .milliseconds(200)
    limits.bodyTimeout = .milliseconds(200)
    let answer = try await answer(to: "GET / HTTP/1.1\r\nHost: x\r\n\r\n", limits: limits) { _ in
      try? await Task.sleep(for: .milliseconds(600))
      return .text("handled")
    }
    // And then the idle timeout ends the connection.
    #expect(answer.hasSuffix("handled"))
  }

  @Test("a client that takes nothing is cut off", .timeLimit(.minutes(1)))
  func stalledWrite() async throws {
    var limits = ServerLimits()
    limits.stalledWriteTimeout = .milliseconds(300)
    let (ended, note) = AsyncStream.makeStream(of: Void.self)
    try await withServer(limits: limits) { _ in
      HTTPResponse(
        body: .stream { writer in
          defer { note.yield() }
          while true { try await writer.write(ByteBuffer(repeating: 65, count: 65536)) }
        })
    } _: { server in
      try await RawClient.with(port: server.boundPort!) { client in
        try await client.channel.setOption(.autoRead, value: false).get()
        try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for await _ in ended { break }
      }
    }
  }

  @Test("one connection too many is closed, the others go on", .timeLimit(.minutes(1)))
  func connections() async throws {
    var limits = ServerLimits()
    limits.connections = 2
    try await withServer(limits: limits) { _ in
      .text("handled")
    } _: { server in
      let port = server.boundPort!
      let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
      try await RawClient.with(port: port) { first in
        try await first.send(get)
        #expect(try await first.read(upTo: "handled").hasSuffix("handled"))
        try await RawClient.with(port: port) { second in
          try await second.send(get)
          #expect(try await second.read(upTo: "handled").hasSuffix("handled"))
          try await RawClient.with(port: port) { third in
            try? await third.send(get)
            let answer = try await third.readToEnd()
            #expect(answer == [])
          }
          #expect(server.connectionCount == 2)
          try await second.send(get)
          #expect(try await second.read(upTo: "handled").hasSuffix("handled"))
        }
      }
      try await within { while server.connectionCount > 0 { await Task.yield() } }
      try await RawClient.with(port: port) { client in
        try await client.send(get)
        #expect(try await client.read(upTo: "handled").hasSuffix("handled"))
      }
    }
  }
}
