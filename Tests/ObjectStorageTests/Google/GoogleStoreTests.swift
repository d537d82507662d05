import Foundation
import NIOCore
import Synchronization
import Testing

@testable import ObjectStorage

@Suite("Google Cloud Storage", .timeLimit(.minutes(1)))
struct GoogleStoreTests {
  private let key = try! ObjectKey("base/data.tar")

  private func with(
    _ handler: @escaping TestServer.Handler, _ body: (GoogleStore, TestServer) async throws -> Void
  ) async throws {
    let account = try GoogleKey()
    let all: TestServer.Handler = { request in
      if request.path == "/token" { return account.token(request) }
      guard request.header("Authorization") == "Bearer google-token" else { return .text(401, "") }
      return await handler(request)
    }
    try await TestServer.with(all) { server in
      let store = try GoogleStore(
        StoreConfiguration(
          destinationPath: "gs://bucket", endpointURL: server.url,
          credentials: .googleKey(account.json(tokenAddress: "\(server.url)/token"))),
        variables: [:], limits: impatient, logger: quiet)
      try await ObjectStorageTests.with(store) { try await body($0, server) }
    }
  }

  @Test("of a resumable upload what did not arrive is sent again, over lost answers and broken connections")
  func resumable() async throws {
    let content = noise(20 << 20 | 777)
    let arrived = Mutex(ByteBuffer())
    let count = Counter()
    try await with { request in
      if request.query["uploadType"] == "resumable" {
        return .text(200, "", [("Location", "http://elsewhere.example/upload/storage/v1/b/bucket/o?upload_id=42")])
      }
      guard request.method == "PUT", request.query["upload_id"] == "42" else { return .text(404, "") }
      let range = (request.header("Content-Range") ?? "").dropFirst("bytes ".count).split(separator: "/")
      let start = Int(range[0].split(separator: "-")[0])
      let number = count.next()
      return arrived.withLock { arrived -> TestServer.Response in
        if number == 2 { return .text(503, "") }
        if number == 3 { return .breakConnection }
        var body = request.body
        if let start {
          guard start <= arrived.readableBytes else { return .text(400, "a gap") }
          body.moveReaderIndex(forwardBy: arrived.readableBytes - start)
          // Only some of it is kept.
          if number == 4, var some = body.readSlice(length: 512 << 10) {
            arrived.writeBuffer(&some)
          } else {
            arrived.writeBuffer(&body)
          }
        }
        guard range[1] != "*", arrived.readableBytes == Int(range[1]) else {
          // The answer to the first piece is lost.
          if number == 1 { return .breakConnection }
          return .text(308, "", arrived.readableBytes > 0 ? [("Range", "bytes=0-\(arrived.readableBytes - 1)")] : [])
        }
        return .text(
          200,
          #"{"name":"base/data.tar","size":"\#(arrived.readableBytes)","md5Hash":"\#(Base64.encode(arrived.md5))"}"#)
      }
    } _: { store, _ in
      try await store.upload(to: key) { try await $0.write(content) }
      #expect(arrived.withLock { $0 } == content)
    }
  }

  @Test("an object that did not arrive as it was sent is removed, and the writer is told")
  func wrongChecksum() async throws {
    try await with { request in
      request.method == "DELETE"
        ? .text(204, "")
        : .text(200, #"{"name":"base/data.tar","size":"5","md5Hash":"\#(Base64.encode(noise(1).md5))"}"#)
    } _: { store, server in
      let error = await #expect(throws: ObjectStorageError.self) {
        try await store.write(noise(5), to: key, options: WriteOptions())
      }
      guard case .corrupted = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(server.requests.last?.uri == "/storage/v1/b/bucket/o/base%2Fdata.tar")
    }
  }

  @Test("composed objects are compared by CRC32C")
  func crc() async throws {
    let content = noise(100_000)
    var crc = CRC32C()
    content.withUnsafeReadableBytes { crc.update($0) }
    let right = Base64.encode((0..<4).map { UInt8(truncatingIfNeeded: crc.value >> (24 - 8 * UInt32($0))) })
    for (sum, isRight) in [(right, true), ("AAAAAA==", false)] {
      try await with { _ in
        .answer(200, [("x-goog-generation", "1"), ("x-goog-hash", "crc32c=\(sum)")], content)
      } _: { store, _ in
        let read = try? await store.content(key)
        #expect((read == content) == isRight)
      }
    }
  }

  @Test("refusals carry Google's words and the role that is needed; a missing bucket is named")
  func refused() async throws {
    let denied = #"{"error":{"code":403,"message":"pg@project does not have storage.objects.list access."}}"#
    try await with { _ in
      .text(403, denied)
    } _: { store, _ in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
      guard case .refused(_, let text, let remedy) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(text.contains("storage.objects.list"))
      #expect(remedy.contains("Storage Object Admin") && remedy.contains("pg@project.iam.gserviceaccount.com"))
    }
    try await with { request in
      request.path == "/storage/v1/b"
        ? .text(403, denied) : .text(404, #"{"error":{"code":404,"message":"The specified bucket does not exist."}}"#)
    } _: { store, _ in
      let error = await #expect(throws: ObjectStorageError.self) {
        try await store.write(noise(5), to: key, options: WriteOptions())
      }
      guard case .noBucket = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test(
    "a key that is none is refused without being shown",
    arguments: [
      "", "{}", #"{"type":"authorized_user","client_secret":"hunter2"}"#,
      #"{"type":"service_account","client_email":"a","private_key":"hunter2"}"#,
    ])
  func broken(_ json: String) {
    let error = #expect(throws: ObjectStorageError.self) {
      try ObjectStores.open(
        StoreConfiguration(destinationPath: "gs://b", credentials: .googleKey(json)), variables: [:], logger: quiet)
    }
    #expect(error.map { "\($0)" }?.contains("hunter2") == false)
  }

  @Test("the metadata server issues tokens; where there is none the error says so")
  func metadata() async throws {
    try await TestServer.with { request in
      if request.path == "/computeMetadata/v1/instance/service-accounts/default/token" {
        return request.header("Metadata-Flavor") == "Google"
          ? .text(200, #"{"access_token":"m","expires_in":3599,"token_type":"Bearer"}"#) : .text(403, "")
      }
      return request.header("Authorization") == "Bearer m" ? .text(200, "{}") : .text(401, "")
    } _: { server in
      for (host, isFine) in [("127.0.0.1:\(server.port)", true), ("127.0.0.1:1", false)] {
        let store = try GoogleStore(
          StoreConfiguration(destinationPath: "gs://b", endpointURL: server.url, credentials: .googleMetadata),
          variables: ["GCE_METADATA_HOST": host], limits: impatient, logger: quiet)
        try await ObjectStorageTests.with(store) { store in
          if isFine {
            _ = try await store.objects("")
          } else {
            let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
            #expect(error.map { "\($0)" }?.contains("gkeEnvironment") == true)
          }
        }
      }
    }
  }
}
