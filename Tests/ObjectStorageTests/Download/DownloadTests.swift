import NIOCore
import Testing

@testable import ObjectStorage

@Suite("Download", .timeLimit(.minutes(1)))
struct DownloadTests {
  private let key = try! ObjectKey("base/data.tar")
  private let content = noise(3_000_000)

  /// A blob whose first answers break in the middle.
  private func with(
    _ fault: @escaping @Sendable (Int, TestServer.Request) async -> TestServer.Response?,
    _ body: (AzureStore, TestServer) async throws -> Void
  ) async throws {
    let count = Counter()
    let service = AzureService { request in
      request.method == "GET" ? await fault(count.next(), request) : nil
    }
    try await service.with { store, server in
      try await store.write(content, to: key, options: WriteOptions())
      try await body(store, server)
    }
  }

  private func piece(_ request: TestServer.Request, tag: String = "\"0x1\"") -> ([(String, String)], ByteBuffer) {
    let start = Int(request.header("x-ms-range")?.dropFirst(6).dropLast() ?? "0") ?? 0
    var headers = [("ETag", tag)]
    if start > 0 {
      headers.append(("Content-Range", "bytes \(start)-\(content.readableBytes - 1)/\(content.readableBytes)"))
    }
    return (headers, content.getSlice(at: start, length: content.readableBytes - start) ?? ByteBuffer())
  }

  @Test("a body that breaks or falls silent goes on where it stopped")
  func resumed() async throws {
    try await with { number, request in
      let (headers, rest) = piece(request)
      let status = headers.count > 1 ? 206 : 200
      return switch number {
      case 1: .half(status, headers, rest, sent: 1_000_000)
      case 2: .stuck(status, headers, rest, sent: 1_000_000)
      case 3: .breakConnection
      default: nil
      }
    } _: { store, server in
      let read = try await store.content(key)
      #expect(read == content)
      #expect(server.requests.last?.header("x-ms-range")?.hasPrefix("bytes=") == true)
      #expect(server.requests.count(where: { $0.method == "GET" }) == 4)
    }
  }

  @Test("an object that was replaced meanwhile is not pieced together")
  func replaced() async throws {
    try await with { number, request in
      let (headers, rest) = piece(request, tag: number == 1 ? "\"0x1\"" : "\"0x2\"")
      return number == 1
        ? .half(200, headers, rest, sent: 1_000_000) : .answer(206, headers, rest)
    } _: { store, _ in
      await #expect(throws: ObjectStorageError.corrupted("Object base/data.tar was replaced while it was read.")) {
        try await store.content(key)
      }
    }
  }

  @Test("without any progress the tries are few, and the error says what happened")
  func hopeless() async throws {
    try await with { number, request in
      let (headers, rest) = piece(request)
      return number == 1
        ? .half(200, headers, rest, sent: 1_000_000) : .half(206, headers, rest, sent: 0)
    } _: { store, server in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.content(key) }
      #expect(error?.isTransient == true)
      #expect(server.requests.count(where: { $0.method == "GET" }) == 5)
    }
  }

  @Test("a range that is not the one asked for is refused")
  func wrongRange() async throws {
    try await with { number, request in
      let (headers, rest) = piece(request)
      return number == 1
        ? .half(200, headers, rest, sent: 1_000_000)
        : .answer(206, [("ETag", "\"0x1\""), ("Content-Range", "bytes 5-2999999/3000000")], rest)
    } _: { store, _ in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.content(key) }
      #expect(error.map { "\($0)" }?.contains("bytes 5-2999999/3000000 came") == true)
    }
  }

  @Test("a service that answers with everything instead of a range is read all the same")
  func everything() async throws {
    try await with { number, _ in
      number == 1
        ? .half(200, [("ETag", "\"0x1\"")], content, sent: 1_000_000) : .answer(200, [("ETag", "\"0x1\"")], content)
    } _: { store, _ in
      let read = try await store.content(key)
      #expect(read == content)
    }
  }

  @Test("whole objects are compared with the checksum that the service keeps")
  func checksum() async throws {
    try await with { _, request in
      .answer(200, [("ETag", "\"1\""), ("Content-MD5", Base64.encode(noise(1).md5))], content)
    } _: { store, _ in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.content(key) }
      guard case .corrupted = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("an object that is larger than allowed is refused before it is read")
  func tooLarge() async throws {
    try await with { _, _ in
      nil
    } _: { store, _ in
      await #expect(throws: ObjectStorageError.tooLarge(key, limit: 2_999_999)) {
        try await store.content(key, limit: 2_999_999)
      }
    }
  }
}
