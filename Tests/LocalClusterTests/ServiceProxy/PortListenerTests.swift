import Glibc
import Logging
import NIOCore
import Processes
import Testing

@testable import LocalCluster

@Suite("A forwarded connection", .timeLimit(.minutes(1)))
struct PortListenerTests {
  private let logger = Logger(label: "test")

  /// A server, a proxy before it, and what `body` does with the two, off the cooperative pool.
  private func withProxy(
    server address: String = "127.64.1.1", ranges: [SourceRange]? = nil,
    _ body: @escaping @Sendable (TestSocket, PortListener) throws -> Void
  ) async throws {
    let server = try TestSocket.listening(on: address)
    defer { server.close() }
    let backend = Backend(address: address, port: server.port)
    let listener = try await PortListener.open(
      address: "127.0.0.1", port: 0, rules: rules([backend], ranges: ranges), logger: logger)
    do {
      try await Blocking.run { try body(server, listener) }
    } catch {
      await listener.close()
      throw error
    }
    await listener.close()
  }

  private func rules(_ ready: [Backend], known: [Backend]? = nil, ranges: [SourceRange]? = nil) -> ForwardingRules {
    ForwardingRules(ready: ready, known: Set(known ?? ready), sourceRanges: ranges)
  }

  @Test("carries bytes both ways and shows the server the client's own address")
  func sourceAddress() async throws {
    try await withProxy { server, listener in
      let client = try TestSocket.connected(to: "127.0.0.1", port: listener.port, from: "127.0.0.9")
      defer { client.close() }
      let connection = try server.accepted()
      defer { connection.close() }
      #expect(connection.peerAddress == "127.0.0.9")
      try client.write("select")
      #expect(try connection.read() == Array("select".utf8))
      try connection.write("1 row")
      #expect(try client.read() == Array("1 row".utf8))
    }
  }

  @Test("passes the end of one direction on and keeps the other open, whoever ends first")
  func halfClose() async throws {
    try await withProxy { server, listener in
      let client = try TestSocket.connected(to: "127.0.0.1", port: listener.port)
      defer { client.close() }
      let connection = try server.accepted()
      try client.write("question")
      try client.endOutput()
      #expect(try connection.readToEnd() == Array("question".utf8))
      try connection.write("answer")
      connection.close()
      #expect(try client.readToEnd() == Array("answer".utf8))

      let second = try TestSocket.connected(to: "127.0.0.1", port: listener.port)
      let other = try server.accepted()
      try other.endOutput()
      #expect(try second.read().isEmpty)
      try second.write("still here")
      second.close()
      #expect(try other.readToEnd() == Array("still here".utf8))
      other.close()
    }
  }

  @Test("loses nothing of a client that has said everything before the server is reached, whether it stays or goes")
  func earlyEnd() async throws {
    try await withProxy { [self] server, listener in
      // The first backend refuses, which gives the client time to end before there is a connection to pass it on to.
      let closed = try TestSocket.listening(on: "127.64.1.2")
      let dead = Backend(address: "127.64.1.2", port: closed.port)
      closed.close()
      listener.update(rules([dead, Backend(address: "127.64.1.1", port: server.port)]))
      for number in 0..<50 {
        let client = try TestSocket.connected(to: "127.0.0.1", port: listener.port)
        try client.write("cancel \(number)")
        try client.endOutput()
        if number.isMultiple(of: 2) { client.close() }
        let connection = try server.accepted()
        #expect(try connection.readToEnd() == Array("cancel \(number)".utf8))
        try? connection.write("answer")
        connection.close()
        if !number.isMultiple(of: 2) {
          #expect(try client.readToEnd() == Array("answer".utf8))
          client.close()
        }
      }
    }
  }

  @Test("loses nothing of a server that speaks first and goes")
  func serverFirst() async throws {
    try await withProxy { server, listener in
      for number in 0..<50 {
        let client = try TestSocket.connected(to: "127.0.0.1", port: listener.port)
        let connection = try server.accepted()
        try connection.write("too many clients \(number)")
        connection.close()
        #expect(try client.readToEnd() == Array("too many clients \(number)".utf8))
        client.close()
      }
    }
  }

  @Test("carries 64 MB unharmed past a reader that starts late, without holding it in memory")
  func volume() async throws {
    try await withProxy { server, listener in
      let client = try TestSocket.connected(to: "127.0.0.1", port: listener.port)
      defer { client.close() }
      let connection = try server.accepted()
      defer { connection.close() }
      let total = 64 << 20
      let block = (0..<(1 << 16)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
      let twoBlocks = block + block
      let writer = WritingThread {
        for _ in 0..<(total / block.count) { try client.write(block) }
        try client.endOutput()
      }
      // Nobody reads: what the proxy and the kernel's buffers take is all that the writer gets rid of.
      usleep(300_000)
      #expect(!writer.hasEnded)
      var received = 0
      var isIntact = true
      while case let bytes = try connection.read(), !bytes.isEmpty {
        let start = received % block.count
        isIntact = isIntact && memcmp(bytes, Array(twoBlocks[start..<start + bytes.count]), bytes.count) == 0
        received += bytes.count
      }
      #expect(received == total)
      #expect(isIntact)
      try writer.join()
    }
  }

  @Test("from an address outside the source ranges is closed without a byte, and the server never hears of it")
  func sourceRanges() async throws {
    let ranges = [SourceRange("127.0.0.1/32")].compactMap { $0 }
    try await withProxy(ranges: ranges) { server, listener in
      let stranger = try TestSocket.connected(to: "127.0.0.1", port: listener.port, from: "127.0.0.9")
      #expect(try stranger.isCut())
      stranger.close()
      let client = try TestSocket.connected(to: "127.0.0.1", port: listener.port, from: "127.0.0.1")
      let connection = try server.accepted()
      #expect(connection.peerAddress == "127.0.0.1")
      client.close()
      connection.close()
    }
  }

  @Test("is cut on both sides when its backend has left the service and another is there, and only then")
  func cut() async throws {
    try await withProxy { [self] server, listener in
      let backend = Backend(address: "127.64.1.1", port: server.port)
      let client = try TestSocket.connected(to: "127.0.0.1", port: listener.port)
      defer { client.close() }
      let connection = try server.accepted()
      defer { connection.close() }
      try client.write("x")
      _ = try connection.read()
      // Not ready any more: no new connections, the old one lives.
      listener.update(rules([], known: [backend]))
      try connection.write("y")
      #expect(try client.read() == Array("y".utf8))
      let late = try TestSocket.connected(to: "127.0.0.1", port: listener.port)
      #expect(try late.isCut())
      late.close()
      // It has left, and nobody has taken its place yet.
      listener.update(rules([]))
      try connection.write("z")
      #expect(try client.read() == Array("z".utf8))
      listener.update(rules([Backend(address: "127.64.1.2", port: server.port)]))
      #expect(try client.isCut())
      #expect(try connection.isCut())
    }
  }

  @Test("waits a moment for a backend: for a new one, and for one that comes back")
  func patience() async throws {
    try await withProxy { [self] server, listener in
      let backend = Backend(address: "127.64.1.1", port: server.port)
      listener.update(rules([]))
      let client = try TestSocket.connected(to: "127.0.0.1", port: listener.port)
      try client.write("early")
      listener.update(rules([backend]))
      let connection = try server.accepted()
      #expect(try connection.read() == Array("early".utf8))
      connection.close()
      client.close()

      let closed = try TestSocket.listening(on: "127.64.1.2")
      let port = closed.port
      closed.close()
      listener.update(rules([Backend(address: "127.64.1.2", port: port)]))
      let second = try TestSocket.connected(to: "127.0.0.1", port: listener.port)
      let reborn = try TestSocket.listening(on: "127.64.1.2", port: port)
      defer { reborn.close() }
      let other = try reborn.accepted()
      try other.write("back")
      #expect(try second.read() == Array("back".utf8))
      other.close()
      second.close()
    }
  }

  @Test("ends where nobody takes it in that time")
  func nobody() async throws {
    try await withProxy { [self] _, listener in
      listener.update(rules([]))
      let client = try TestSocket.connected(to: "127.0.0.1", port: listener.port)
      defer { client.close() }
      #expect(try client.readToEnd().isEmpty)
      // The client's end comes before what is remembered of it goes.
      for _ in 0..<2000 where listener.connectionCount > 0 { usleep(1000) }
      #expect(listener.connectionCount == 0)
    }
  }

  @Test("goes to another backend where the first one refuses")
  func fallback() async throws {
    try await withProxy { [self] server, listener in
      let closed = try TestSocket.listening(on: "127.64.1.2")
      let port = closed.port
      closed.close()
      let dead = Backend(address: "127.64.1.2", port: port)
      let alive = Backend(address: "127.64.1.1", port: server.port)
      listener.update(rules([dead, alive]))
      for _ in 0..<2 {
        let client = try TestSocket.connected(to: "127.0.0.1", port: listener.port)
        let connection = try server.accepted()
        client.close()
        connection.close()
      }
      // Nobody answers at all: closed at once.
      listener.update(rules([dead]))
      let client = try TestSocket.connected(to: "127.0.0.1", port: listener.port)
      #expect(try client.isCut())
      client.close()
    }
  }

  @Test("cannot be had where somebody listens already, who is found by name")
  func occupied() async throws {
    let occupant = try TestSocket.listening(on: "127.0.0.1")
    defer { occupant.close() }
    let port = occupant.port
    await #expect(throws: IOError.self) {
      _ = try await PortListener.open(address: "127.0.0.1", port: port, rules: ForwardingRules(), logger: logger)
    }
    #expect(try await Blocking.run { PortOccupant.find(address: "127.0.0.1", port: port)?.id } == Int(getpid()))
    #expect(try await Blocking.run { PortOccupant.find(address: "127.0.0.2", port: port)?.id } == nil)
  }
}
