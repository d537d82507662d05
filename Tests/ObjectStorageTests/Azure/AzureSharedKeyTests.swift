import NIOCore
import NIOHTTP1
import Testing

@testable import ObjectStorage

/// The signatures were computed by Microsoft's azure-storage-blob 12.31 for Python.
@Suite("Shared key of Azure")
struct AzureSharedKeyTests {
  private static let key =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
  private let cloud = ServiceAddress(isSecure: true, host: "matriarch.blob.core.windows.net")

  private func signature(_ request: ServiceRequest, account: String = "matriarch") async throws -> String? {
    var request = request
    request.headers.add(name: "x-ms-date", value: "Fri, 27 Nov 2026 10:15:00 GMT")
    request.headers.add(name: "x-ms-version", value: "2020-10-02")
    try await AzureSharedKey(account: account, key: Self.key).authorize(&request)
    return request.headers.first(name: "Authorization")
  }

  @Test("a blob with tags and a checksum")
  func put() async throws {
    let request = ServiceRequest(
      .PUT, cloud, path: "/backups/demo/base/20261127T101500/data.tar",
      headers: [
        "x-ms-blob-type": "BlockBlob", "Content-Type": "application/octet-stream",
        "Content-MD5": "kAFQmDzST7DWlj99KOF/cg==", "x-ms-tags": "a=b",
      ], body: ByteBuffer(repeating: 0, count: 1000))
    #expect(try await signature(request) == "SharedKey matriarch:tAJT8H1x/gwZQl9GcMcr5apneqlpCqjIRp3/BomYK3Q=")
  }

  @Test("a listing of an emulator, whose account stands in the path")
  func list() async throws {
    let emulator = ServiceAddress(isSecure: false, host: "127.0.0.1", port: 10000, path: "/devstoreaccount1")
    let request = ServiceRequest(
      .GET, emulator, path: "/backups",
      query: [
        ("restype", "container"), ("comp", "list"), ("prefix", "demo/w x/"), ("maxresults", "5000"), ("delimiter", "/"),
      ])
    #expect(
      try await signature(request, account: "devstoreaccount1")
        == "SharedKey devstoreaccount1:c8J6AbGcY9Z/gkogRVP1CsyrxdOIkIU7T3dgiZvPSFk=")
  }

  @Test("a range of a blob whose name is percent-encoded")
  func range() async throws {
    let request = ServiceRequest(.GET, cloud, path: "/backups/demo/a b+ü.tar", headers: ["x-ms-range": "bytes=100-"])
    #expect(try await signature(request) == "SharedKey matriarch:sLSiGN760UTSLeKCxJZ5YvRTvlWX4sy8y92BKVMwYm8=")
  }

  @Test("an empty body has an empty length")
  func empty() async throws {
    let request = ServiceRequest(
      .PUT, cloud, path: "/backups/x", query: [("comp", "block"), ("blockid", "MDAwMDE=")], body: ByteBuffer())
    #expect(try await signature(request) == "SharedKey matriarch:+byZSmJyU/o2dxxcZ9ZxtNpbUrTPP6OPjRcmTqmWUk8=")
  }

  @Test("a key that is no base64 is refused without being shown")
  func broken() {
    let error = #expect(throws: ObjectStorageError.self) { try AzureSharedKey(account: "a", key: "hunter2!") }
    #expect(error.map { "\($0)" }?.contains("hunter2") == false)
  }
}
