import NIOCore
import Testing

@testable import Web

@Suite("HTTPServer with curl over TLS")
struct HTTPServerTests {
  let pki: TestPKI

  init() throws { pki = try TestPKI() }

  @Test("answers a request, and says what it understood")
  func request() async throws {
    let output = try await withServer(tls: pki.tls()) { request in
      .text("\(request.method) \(request.segments) \(request.query("b") ?? "-") \(request.remoteAddress)")
    } _: {
      await pki.curl("-i", port: $0.boundPort!, path: "/a/x%20y?b=c%20d")
    }
    #expect(output.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(output.text.hasSuffix("GET [\"a\", \"x y\"] c d 127.0.0.1"))
  }

  @Test("a large body arrives whole, after 100 Continue")
  func upload() async throws {
    let output = try await withServer(tls: pki.tls()) { request in
      do {
        let body = try await request.collectBody(upTo: 5 << 20)
        return .text("\(body.count) \(body.reduce(0) { $0 &+ UInt64($1) })")
      } catch { return .text("\(error)", status: 500) }
    } _: { server in
      try pki.write("body", String(repeating: "abc", count: 1 << 20))
      return await pki.curl("-v --data-binary @\(pki.folder)/body", port: server.boundPort!)
    }
    #expect(output.text.contains("HTTP/1.1 100 Continue"))
    #expect(output.text.hasSuffix("\(3 << 20) \((97 + 98 + 99) << 20)"))
  }

  @Test("serves several requests on one connection, also after a body nobody read")
  func keepAlive() async throws {
    let output = try await withServer(tls: pki.tls()) { request in
      .text("<\(request.path)>")
    } _: { server in
      let base = "https://127.0.0.1:\(server.boundPort!)"
      return await pki.curl(
        "-v \(base)/1 --next -sS --cacert \(pki.folder)/ca.crt -d body \(base)/2 --next -sS --cacert \(pki.folder)/ca.crt",
        port: server.boundPort!, path: "/3")
    }
    for path in 1...3 { #expect(output.text.contains("</\(path)>")) }
    #expect(output.text.components(separatedBy: "Connected to").count == 2, "\(output.text)")
  }

  @Test("HEAD has the length and no body")
  func head() async throws {
    let output = try await withServer(tls: pki.tls()) { _ in
      .text("hello")
    } _: {
      await pki.curl("-I", port: $0.boundPort!)
    }
    #expect(output.text.contains("content-length: 5"))
    #expect(!output.text.contains("hello"))
  }

  @Test("a stream arrives piece by piece, and its end is the end")
  func stream() async throws {
    let (steps, next) = AsyncStream.makeStream(of: Void.self)
    try await withServer(tls: pki.tls()) { _ in
      HTTPResponse(
        body: .stream { writer in
          try await writer.write("one\n")
          for await _ in steps { break }
          try await writer.write("")
          try await writer.write("two\n")
        })
    } _: { server in
      try await RawClient.with(port: server.boundPort!, authority: pki.authority.certificatePEM) { client in
        try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try await client.read(upTo: "one\n").contains("transfer-encoding: chunked"))
        next.yield()
        #expect(try await client.read(upTo: "0\r\n\r\n") == "\r\n4\r\ntwo\n\r\n0\r\n\r\n")
      }
    }
  }

  @Test("a stream that fails is cut, so that the client sees that something is missing")
  func brokenStream() async throws {
    struct Broken: Error {}
    let output = try await withServer(tls: pki.tls()) { _ in
      HTTPResponse(
        body: .stream {
          try await $0.write("half")
          throw Broken()
        })
    } _: {
      await pki.curl("", port: $0.boundPort!)
    }
    #expect(output.status != 0)
  }

  @Test("a writer waits for a slow client")
  func backPressure() async throws {
    let written = Counter()
    try await withServer { _ in
      HTTPResponse(
        body: .stream { writer in
          for _ in 0..<2000 {
            try await writer.write(ByteBuffer(repeating: 65, count: 65536))
            written.add(65536)
          }
        })
    } _: { server in
      try await RawClient.with(port: server.boundPort!) { client in
        try await client.channel.setOption(.autoRead, value: false).get()
        try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        // What the kernel's and our buffers hold is far below the 128 MiB of the response.
        var last = -1
        while written.value == 0 || written.value != last {
          last = written.value
          try await Task.sleep(for: .milliseconds(200))
        }
        #expect(written.value < 32 << 20)
      }
    }
  }

  @Test("the handler is cancelled as soon as its client is gone")
  func clientGone() async throws {
    let (cancelled, note) = AsyncStream.makeStream(of: Void.self)
    let (started, start) = AsyncStream.makeStream(of: Void.self)
    try await withServer(tls: pki.tls()) { _ in
      HTTPResponse(
        body: .stream { writer in
          try await writer.write("x")
          start.yield()
          do { try await Task.sleep(for: .seconds(60)) } catch {
            note.yield()
            throw error
          }
        })
    } _: { server in
      try await RawClient.with(port: server.boundPort!, authority: pki.authority.certificatePEM) { client in
        try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for await _ in started { break }
      }
      try await within { for await _ in cancelled { break } }
    }
  }

  @Test("listens on a Unix domain socket")
  func unixSocket() async throws {
    let path = pki.folder + "/s"
    let output = try await withServer(address: .unixSocket(path: path)) {
      .text("<\($0.remoteAddress)>")
    } _: { _ in
      await Shell.run("curl -sS --unix-socket \(path) http://x/")
    }
    #expect(output.text == "<>")
  }

  @Test("an address in use is an error that says so")
  func addressInUse() async throws {
    try await withServer { _ in
      .text("")
    } _: { server in
      let second = HTTPServer(address: "127.0.0.1", port: server.boundPort!, logger: .init(label: "x")) { _ in .text("")
      }
      let error = await #expect(throws: ServerError.self) { try await second.listen() }
      let shown = try #require(error)
      #expect("\(shown)".contains("127.0.0.1:\(server.boundPort!)"))
    }
  }
}
